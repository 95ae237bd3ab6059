import type { Running } from './processes-node.ts'

export function expect(truth: boolean, message: string): void {
  if (!truth) throw new Error(message)
}

export function field<T>(document: Record<string, unknown>, name: string): T {
  const value = document[name]
  if (value === undefined) throw new Error(`the document has no ${name}`)
  return value as T
}

/** The words that a new device shows, as its owner reads them out over the phone. */
export function wordsOn(recovering: Running): Promise<string> {
  return recovering.line(/^([a-z]+ ){7}[a-z]+$/)
}
