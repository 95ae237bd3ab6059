import { ENGLISH_WORDS } from '@warren/primitives/wordlist'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  pairSafetyWords,
  parseSafetyWords,
  SAFETY_WORDS,
  safetyWords,
  safetyWordsMatch,
} from '../src/index.ts'
import { testDevice } from './people.ts'

const a = testDevice('a').identity
const b = testDevice('b').identity

describe('safety words', () => {
  it('are 8 words, 88 bits, of a list in which four letters tell words apart', () => {
    expect(ENGLISH_WORDS).toHaveLength(2048)
    expect(new Set(ENGLISH_WORDS.map((w) => w.slice(0, 4))).size).toBe(2048)
    expect(safetyWords(a)).toHaveLength(SAFETY_WORDS)
    expect(SAFETY_WORDS * 11).toBeGreaterThanOrEqual(80)
  })

  it('change with either key', () => {
    for (const key of ['signingKey', 'encryptionKey'] as const) {
      const changed = Uint8Array.from(a[key])
      changed[5] = (changed[5] as number) ^ 1
      expect(safetyWords({ ...a, [key]: changed })).not.toEqual(safetyWords(a))
    }
  })

  it('of a pair are the same on both sides, and hold the words of each', () => {
    expect(pairSafetyWords(a, b)).toEqual(pairSafetyWords(b, a))
    expect(pairSafetyWords(a, b)).toHaveLength(16)
    expect(pairSafetyWords(a, b).join(' ')).toContain(safetyWords(b).join(' '))
  })

  it('are read in any case, with any spaces, and cut after four letters', () => {
    const words = safetyWords(a)
    expect(safetyWordsMatch(words, `  ${words.join(' \n ').toUpperCase()}, `)).toBe(true)
    expect(safetyWordsMatch(words, words.map((w) => w.slice(0, 4)).join('-'))).toBe(true)
    expect(parseSafetyWords(words.join('\u00a0'))).toEqual(words)
  })

  it('do not match with one word changed, or of the pair against one', () => {
    const words = safetyWords(a)
    fc.assert(
      fc.property(fc.nat(7), fc.nat(2047), (at, index) => {
        const changed = words.with(at, ENGLISH_WORDS[index] as string)
        expect(safetyWordsMatch(words, changed.join(' '))).toBe(changed[at] === words[at])
      }),
      { seed: 2, numRuns: 100 },
    )
    expect(safetyWordsMatch(words, pairSafetyWords(a, b).join(' '))).toBe(false)
  })

  it('refuse what is no list of words, and do not repeat it', () => {
    const words = safetyWords(a)
    expect(() => parseSafetyWords('')).toThrow('there are 0')
    expect(() => parseSafetyWords(words.slice(1).join(' '))).toThrow('there are 7')
    expect(() => parseSafetyWords(words.with(2, 'zzzz').join(' '))).toThrow('word 3 is not in the list')
    expect(() => parseSafetyWords(words.with(2, 'abandonxx').join(' '))).toThrow('word 3')
    expect(() => parseSafetyWords(words.with(2, 'ab').join(' '))).toThrow('word 3')
  })
})
