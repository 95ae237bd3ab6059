import { readFileSync } from 'node:fs'

/** Reads a frozen vector file beside a test: `loadVectors(import.meta.url, 'vectors/capsules.json')`. */
export function loadVectors<T>(testUrl: string, path: string): T {
  return JSON.parse(readFileSync(new URL(path, testUrl), 'utf8')) as T
}
