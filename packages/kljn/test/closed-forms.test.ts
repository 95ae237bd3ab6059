import { unsafeSeededRng } from '@warren/primitives/seeded-rng'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  chanceOfCorrelation,
  chiSquareAbove,
  chiSquareBelow,
  correlation,
  distinguish,
  eveChance,
  expectedMoments,
  leakedBits,
  logGamma,
  loopState,
  momentsOfSums,
  normalBelow,
  normalQuantile,
  optimalAttack,
  optimalRule,
  partyDecision,
  plainMomentEngine,
  quadraticFormAbove,
  readings,
  regularisedBeta,
  regularisedGamma,
  resistiveLine,
  ruleChance,
  runTimeDomain,
  runWishart,
  seededPrng,
  symmetricLoop,
  wishartSource,
} from '../src/index.ts'

const loop = symmetricLoop({ lowOhms: 1000, highOhms: 9000, line: resistiveLine(200) })
const ideal = symmetricLoop({ lowOhms: 1000, highOhms: 9000, line: resistiveLine(0) })

describe('special functions', () => {
  it('agree with values known otherwise', () => {
    expect(logGamma(0.5)).toBeCloseTo(Math.log(Math.PI) / 2, 13)
    expect(logGamma(11)).toBeCloseTo(Math.log(3_628_800), 11)
    expect(regularisedBeta(0.3, 1, 1)).toBeCloseTo(0.3, 14)
    expect(regularisedBeta(0.3, 2, 3)).toBeCloseTo(0.3483, 12) // 1 − Σ of a binomial: exact in decimals
    expect(regularisedGamma(1, 2)).toBeCloseTo(1 - Math.exp(-2), 14)
    expect(normalBelow(1.959963984540054)).toBeCloseTo(0.975, 14)
    expect(normalBelow(-10) / 7.619853024160527e-24).toBeCloseTo(1, 9)
    expect(normalQuantile(0.975)).toBeCloseTo(1.959963984540054, 12)
  })

  it('a quadratic form with equal weights is χ²; with opposite ones it is symmetric', () => {
    fc.assert(
      fc.property(fc.integer({ min: 3, max: 400 }), fc.double({ min: 0.3, max: 2, noNaN: true }), (n, x) => {
        expect(quadraticFormAbove([{ weight: 2, degrees: n }], 2 * x * n)).toBeCloseTo(
          chiSquareAbove(x * n, n),
          9,
        )
        expect(chiSquareAbove(x * n, n) + chiSquareBelow(x * n, n)).toBeCloseTo(1, 12)
        const both = [
          { weight: 1, degrees: n },
          { weight: -1, degrees: n },
        ]
        expect(quadraticFormAbove(both, x) + quadraticFormAbove(both, -x)).toBeCloseTo(1, 9)
      }),
      { numRuns: 40, seed: 1 },
    )
  })
})

describe("Eve's optimum", () => {
  const sizes = [20, 50, 100, 200, 500, 1000, 2000]
  it.each([
    ['9k/1k/200, no defence', 9000, 1000, 1, 0.026135, [0.546, 0.573, 0.6029, 0.644, 0.7205, 0.7957, 0.8788]],
    [
      '9k/1k/200, eq. (11)',
      9000,
      1000,
      (1 + 0.2) / (1 + 200 / 9000),
      -0.0236,
      [0.5415, 0.5659, 0.5931, 0.6306, 0.7011, 0.7722, 0.8544],
    ],
    [
      '11k/2k/200, no defence',
      11000,
      2000,
      1,
      0.01453,
      [0.5256, 0.5407, 0.5576, 0.5813, 0.6274, 0.6771, 0.7421],
    ],
    [
      '11k/2k/200, eq. (11)',
      11000,
      2000,
      (1 + 0.1) / (1 + 200 / 11000),
      undefined,
      [0.5242, 0.5385, 0.5545, 0.5769, 0.6206, 0.6679, 0.7304],
    ],
    ['9k/1k/200, β*', 9000, 1000, (1 + 0.1) / (1 + 100 / 9000), 0, [0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5]],
  ] as const)(
    '%s: the table of the spec, by the incomplete beta function and by the general test',
    (_, high, low, beta, rho, table) => {
      const here = symmetricLoop({ lowOhms: low, highOhms: high, line: resistiveLine(200), beta })
      if (rho !== undefined) expect(correlation(here)).toBeCloseTo(rho, 5)
      table.forEach((p, i) => {
        const n = sizes[i] as number
        expect(chanceOfCorrelation(correlation(here), n)).toBeCloseTo(p, 4)
        expect(optimalAttack(here, n).right).toBeCloseTo(chanceOfCorrelation(correlation(here), n), 9)
      })
    },
  )

  it('leaks more bits than 1 − h(p) says', () => {
    expect(leakedBits(loop, 2000)).toBeCloseTo(0.5909, 4)
    // small ρ: 0.72·N·ρ²
    expect(leakedBits(loop, 20) / (0.7213 * 20 * correlation(loop) ** 2)).toBeCloseTo(1, 1)
    expect(leakedBits(ideal, 100)).toBe(0)
  })

  it('refuses covariances that it cannot tell apart in principle', () => {
    const singular = [
      [1, 1],
      [1, 1],
    ]
    expect(() => distinguish(singular, singular, 10)).toThrow(/covariance is singular/)
    expect(() => optimalAttack(loop, 0)).toThrow(/samples is 0; expected a whole number, at least 1/)
  })

  it('does not gain from instruments with noise', () => {
    const worse = (noiseFraction: number) =>
      optimalAttack(
        { ...loop, instruments: { ...loop.instruments, eve: { gainError: 0, noiseFraction, adcBits: 16 } } },
        500,
      ).right
    expect(worse(0.001)).toBeLessThanOrEqual(optimalAttack(loop, 500).right + 1e-9)
    expect(worse(0.3)).toBeLessThan(worse(0.001))
  })
})

describe("the parties' decisions", () => {
  it('9k/1k, N = 50: 7.2e-2 by the worse mode, 4.1e-5 by the better; own noise at N = 20: 4.3e-3', () => {
    for (const [own, better, worse] of [
      ['L', 'current', 'voltage'],
      ['H', 'voltage', 'current'],
    ] as const) {
      expect(partyDecision(ideal, 'alice', own, worse, 50).wrong).toBeCloseTo(7.2e-2, 3)
      expect(partyDecision(ideal, 'alice', own, better, 50).wrong).toBeCloseTo(4.05e-5, 6)
      expect(partyDecision(ideal, 'alice', own, 'best-of-both', 50)).toEqual(
        partyDecision(ideal, 'alice', own, better, 50),
      )
      expect(partyDecision(ideal, 'bob', own, 'own-noise', 20).wrong).toBeCloseTo(4.32e-3, 4)
    }
  })

  it('closed form, Wishart and time domain agree (N = 20, each within 5σ: false alarm below 1e-5)', () => {
    const prng = seededPrng(unsafeSeededRng('decisions'))
    for (const mode of ['voltage', 'current', 'best-of-both', 'own-noise'] as const) {
      const errors = (['L', 'H'] as const).map((own) => partyDecision(loop, 'alice', own, mode, 20).wrong)
      const expected = ((errors[0] as number) + (errors[1] as number)) / 2
      const experiment = { loop, samples: 20, mode, eve: optimalRule(loop) }
      for (const tally of [
        runWishart({ ...experiment, bits: 200_000 }, prng),
        runTimeDomain({ ...experiment, bits: 20_000 }, prng, plainMomentEngine(prng)),
      ]) {
        const sigma = Math.sqrt((expected * (1 - expected)) / tally.bits)
        expect(Math.abs(tally.aliceWrong / tally.bits - expected)).toBeLessThan(5 * sigma)
        expect(Math.abs(tally.bobWrong / tally.bits - expected)).toBeLessThan(5 * sigma)
        const { right, standardError } = eveChance(tally)
        expect(Math.abs(right - optimalAttack(loop, 20).right)).toBeLessThan(5 * standardError)
      }
    }
  })

  it('a cancelled run gives what it has', () => {
    const stopped = AbortSignal.abort()
    const tally = runWishart(
      { loop, samples: 20, bits: 10, mode: 'voltage', eve: optimalRule(loop), signal: stopped },
      seededPrng(unsafeSeededRng(1)),
    )
    expect(tally).toMatchObject({ bits: 0, complete: false })
  })
})

describe('moments', () => {
  it('the Wishart shortcut has the expected moments (1e5 draws, 5σ)', () => {
    const prng = seededPrng(unsafeSeededRng('wishart'))
    for (const samples of [2, 3, 50]) {
      const source = wishartSource(samples, prng)
      const sums = new Float64Array(300_000)
      source.fill(sums)
      const state = loopState(loop, 'HL')
      const mean = { uaua: 0, ubub: 0, uaub: 0, uai: 0, ubi: 0, ii: 0 }
      const draws = 100_000
      for (let k = 0; k < draws; k++) {
        const [aa = 0, ab = 0, bb = 0] = sums.subarray(3 * k)
        const m = momentsOfSums(state, { aa, ab, bb }, samples)
        for (const key of Object.keys(mean) as (keyof typeof mean)[]) mean[key] += m[key] / draws
      }
      const expected = expectedMoments(state)
      const size = { uaua: expected.uaua, ubub: expected.ubub, uaub: expected.uaub, ii: expected.ii }
      for (const key of Object.keys(size) as (keyof typeof size)[])
        expect(Math.abs(mean[key] / expected[key] - 1)).toBeLessThan(5 * Math.sqrt(2 / samples / draws))
      const cross = Math.sqrt(expected.uaua * expected.ii)
      expect(Math.abs(mean.uai - expected.uai) / cross).toBeLessThan(5 * Math.sqrt(1 / samples / draws))
    }
  })

  it('a rule’s chance by Davies is that of its draws: BSY with bad voltmeters', () => {
    const eve = { gainError: 0.005, noiseFraction: 0.05, adcBits: Number.POSITIVE_INFINITY }
    const rule = { uaua: 1, ubub: -1, threshold: 0 }
    const chance = (state: 'HL' | 'LH') => ruleChance(rule, readings(loopState(loop, state), eve), 2000)
    expect((chance('HL') + 1 - chance('LH')) / 2).toBeCloseTo(0.5311, 3)
  })
})
