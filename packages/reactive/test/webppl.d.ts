declare module 'webppl' {
  /** What `Infer` returns; the programs of these tests return one for each model. */
  interface Distribution {
    support(): string[]
    score(value: string): number
  }
  export function run(code: string, done: (store: unknown, value: Distribution[]) => void): void
}
