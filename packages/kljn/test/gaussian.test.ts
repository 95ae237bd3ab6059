import { unsafeSeededRng } from '@warren/primitives/seeded-rng'
import { describe, expect, it } from 'vitest'
import { gaussianSource, seededPrng } from '../src/index.ts'

const source = (seed: string) => gaussianSource(seededPrng(unsafeSeededRng(seed)))

describe('gaussian source', () => {
  it('has the moments of a standard normal (N = 2^20, each bound 5σ: false alarm below 3e-6)', () => {
    const n = 2 ** 20
    const x = new Float64Array(n)
    source('moments').fill(x)
    const moment = (k: number) => x.reduce((sum, v) => sum + v ** k, 0) / n
    // variances of x^k: E x^2k − (E x^k)²
    for (const [k, expected, variance] of [
      [1, 0, 1],
      [2, 1, 2],
      [3, 0, 15],
      [4, 3, 96],
      [6, 15, 10170],
    ] as const)
      expect(Math.abs(moment(k) - expected)).toBeLessThan(5 * Math.sqrt(variance / n))
  })

  it('leaves the tails the share they should have (N = 2^20, each bound 5σ: false alarm below 4e-6)', () => {
    const n = 2 ** 20
    const x = new Float64Array(n)
    source('bins').fill(x)
    const known = [
      [0.6744897501960817, 0.5],
      [1.2815515655446004, 0.2],
      [1.6448536269514722, 0.1],
      [2.5758293035489004, 0.01],
      [3.2905267314918945, 0.001],
      [3.890591886413, 0.0001],
    ] as const
    for (const [edge, share] of known) {
      const beyond = x.reduce((count, v) => count + (Math.abs(v) > edge ? 1 : 0), 0)
      expect(Math.abs(beyond - n * share)).toBeLessThan(5 * Math.sqrt(n * share * (1 - share)))
    }
  })

  it('fill and next draw one stream', () => {
    const filled = new Float64Array(5000)
    source('stream').fill(filled)
    const one = source('stream')
    expect(Array.from({ length: 5000 }, () => one.next())).toEqual([...filled])
  })

  it('never sees the state of zeros that xoshiro cannot leave', () => {
    const prng = seededPrng({ bytes: (length) => new Uint8Array(length) })
    expect(new Set(Array.from({ length: 64 }, () => prng.word())).size).toBeGreaterThan(60)
  })
})
