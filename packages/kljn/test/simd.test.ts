import { unsafeSeededRng } from '@warren/primitives/seeded-rng'
import { describe, expect, it } from 'vitest'
import {
  expectedMoments,
  hasSimd,
  loopState,
  type MomentEngine,
  plainMomentEngine,
  resistiveLine,
  seededPrng,
  simdMomentEngine,
  symmetricLoop,
} from '../src/index.ts'

const loop = symmetricLoop({ lowOhms: 1000, highOhms: 9000, line: resistiveLine(200) })
const simd = (seed: string): MomentEngine => {
  const engine = simdMomentEngine(unsafeSeededRng(seed))
  if (engine === undefined) throw new Error('no SIMD here')
  return engine
}

describe('the vector engine in single precision, beside the plain one in double', () => {
  it('is there', () => expect(hasSimd()).toBe(true))

  it.each(['LL', 'LH', 'HL', 'HH'] as const)(
    '%s: six moments within 5σ of their expectations (N = 4e6, false alarm 3e-6)',
    (name) => {
      const state = loopState(loop, name)
      const expected = expectedMoments(state)
      const n = 4_000_000
      const size = {
        uaua: expected.uaua,
        ubub: expected.ubub,
        uaub: Math.sqrt(expected.uaua * expected.ubub),
        uai: Math.sqrt(expected.uaua * expected.ii),
        ubi: Math.sqrt(expected.ubub * expected.ii),
        ii: expected.ii,
      }
      for (const engine of [simd(name), plainMomentEngine(seededPrng(unsafeSeededRng(name)))]) {
        const measured = engine.moments(state, n)
        for (const key of Object.keys(size) as (keyof typeof size)[])
          expect(Math.abs(measured[key] - expected[key]) / size[key]).toBeLessThan(5 * Math.sqrt(2 / n))
      }
    },
  )

  it('has the spread of χ²: mean squares of 8 samples (N = 20 000 draws, 5σ)', () => {
    const state = loopState(loop, 'HL')
    const expected = expectedMoments(state)
    const engine = simd('spread')
    const draws = 20_000
    let second = 0
    let fourth = 0
    for (let k = 0; k < draws; k++) {
      const z = engine.moments(state, 8).ii / expected.ii - 1
      second += (z * z) / draws
      fourth += z ** 4 / draws
    }
    // variance of χ²₈/8 is 1/4; its fourth central moment is 3·(1/4)² + 48·8/8⁴
    expect(Math.abs(second - 0.25)).toBeLessThan(5 * Math.sqrt((fourth - second * second) / draws))
    expect(Math.abs(fourth - (3 / 16 + 384 / 4096))).toBeLessThan(0.1)
  })

  it('counts samples that do not fill a vector', () => {
    const state = loopState(loop, 'LH')
    const expected = expectedMoments(state)
    for (const samples of [1, 2, 3, 5, 1025]) {
      const engine = simd(`left ${samples}`)
      const draws = 20_000
      let mean = 0
      for (let k = 0; k < draws; k++) mean += engine.moments(state, samples).uaua / draws
      expect(Math.abs(mean / expected.uaua - 1)).toBeLessThan(5 * Math.sqrt(2 / samples / draws))
    }
  })

  it('is the same stream under the same seed, and another under another', () => {
    const state = loopState(loop, 'HL')
    expect(simd('a').moments(state, 1000)).toEqual(simd('a').moments(state, 1000))
    expect(simd('a').moments(state, 1000)).not.toEqual(simd('b').moments(state, 1000))
  })
})
