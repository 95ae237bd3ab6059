declare module 'webppl' {
  /** Compiles and runs a program; its value is passed on before `run` returns, unless it waits for something. */
  export function run<T>(code: string, done: (store: unknown, value: T) => void): void
}
