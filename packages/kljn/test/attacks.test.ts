import { unsafeSeededRng } from '@warren/primitives/seeded-rng'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  bsyRule,
  chanceAliceHigher,
  chanceWithInstrument,
  decideByGround,
  decideWithSeed,
  distort,
  distortedPower,
  equaliseTemperature,
  exactBeta,
  expectedMoments,
  explanation,
  gaussianSource,
  groundLoopChance,
  guessAfterChain,
  haoCurrentDifference,
  haoVoltageDifference,
  IDEAL_INSTRUMENT,
  knownGeneratorAttack,
  ksDifferenceWithOffset,
  ksDifferenceWithOffsetPrinted,
  type Loop,
  loopOf,
  loopState,
  measure,
  measuredMoments,
  multipleLeak,
  nonGaussianAttack,
  optimalAttack,
  optimalRule,
  otherEnd,
  powerDifference,
  powerDifferencePrinted,
  powerOutOfHigh,
  powerOutOfLow,
  resistiveLine,
  ruleValue,
  samplesFor,
  secondLawRule,
  secondMomentEquivalent,
  seededPrng,
  solveResistiveLoop,
  symmetricLoop,
  thirdOrderDistortion,
  totalDistortion,
  truthTable,
  unsafePaperBeta,
  vmgLoop,
  wireMoments,
  withTemperatures,
} from '../src/index.ts'

const ohms = { lowOhms: 1000, highOhms: 9000 }
const cable = { ...ohms, cableOhms: 200 }
const loop = symmetricLoop({ ...ohms, line: resistiveLine(200) })
const ideal = symmetricLoop({ ...ohms, line: resistiveLine(0) })
const star = symmetricLoop({ ...ohms, line: resistiveLine(200), beta: exactBeta(cable) })
const paper = { ...cable, temperatureKelvin: 1e9, bandwidthHertz: 1000, beta: 1 }
const rng = (seed: string) => seededPrng(unsafeSeededRng(seed))

/** Loops from which any equation is checked. */
const anyParameters = fc.record({
  highOhms: fc.integer({ min: 2000, max: 100_000 }),
  lowOhms: fc.integer({ min: 10, max: 1999 }),
  cableOhms: fc.integer({ min: 1, max: 5000 }),
  temperatureKelvin: fc.constant(1e9),
  bandwidthHertz: fc.constant(1000),
  beta: fc.double({ min: 0.5, max: 2, noNaN: true }),
})

describe('the equations, against the moments of the loop', () => {
  it('(5), (6), mended (7), mended (12) for any β; ΔP = ΔKS/R_c', () => {
    fc.assert(
      fc.property(anyParameters, (p) => {
        const m = expectedMoments(loopState(loopOf(p), 'HL'))
        const size = Math.sqrt(m.uaua * m.ii)
        expect((powerOutOfHigh(p) - m.uai) / size).toBeCloseTo(0, 9)
        expect((powerOutOfLow(p) + m.ubi) / size).toBeCloseTo(0, 9)
        expect((powerDifference(p) - (m.uai + m.ubi)) / size).toBeCloseTo(0, 9)
        expect((ksDifferenceWithOffset(p) - Math.abs(m.uaua - m.ubub)) / m.uaua).toBeCloseTo(0, 9)
        expect((Math.abs(powerDifference(p)) * p.cableOhms - ksDifferenceWithOffset(p)) / m.uaua).toBeCloseTo(
          0,
          9,
        )
      }),
      { numRuns: 60, seed: 5 },
    )
  })

  it('(7) and (12) as printed are wrong; (11) turns the signal round; β* removes it', () => {
    expect(powerDifferencePrinted(paper) / powerDifference(paper)).toBeCloseTo(10 / 8, 12)
    const eleven = { ...paper, beta: unsafePaperBeta(cable) }
    expect(eleven.beta).toBeCloseTo(1.1739, 4)
    expect(powerDifference(eleven) / powerDifference(paper)).toBeCloseTo(-9000 / 9200, 12)
    expect(ksDifferenceWithOffsetPrinted(eleven) / ksDifferenceWithOffset(paper)).toBeCloseTo(0, 12)
    expect(ksDifferenceWithOffset(eleven) / ksDifferenceWithOffset(paper)).toBeCloseTo(9000 / 9200, 12)
    const best = { ...paper, beta: exactBeta(cable) }
    expect(best.beta).toBeCloseTo(1.0879, 4)
    expect(powerDifference(best) / powerDifference(paper)).toBeCloseTo(0, 12)
  })

  it('the natural defence stops the power and feeds BSY', () => {
    const hot = equaliseTemperature(loop)
    const m = expectedMoments(loopState(hot, 'HL'))
    expect(m.uai / Math.sqrt(m.uaua * m.ii)).toBeCloseTo(0, 12)
    const k = powerDifference(paper) / ((200 * 8000) / 10_200 ** 2)
    expect((m.uaua - m.ubub) / ((k * 200 * 8000) / 10_200)).toBeCloseTo(1, 10)
    expect(chanceWithInstrument(hot, secondLawRule, IDEAL_INSTRUMENT, 2000)).toBeCloseTo(0.5, 9)
    expect(chanceWithInstrument(hot, bsyRule, IDEAL_INSTRUMENT, 100)).toBeGreaterThan(0.9)
  })
})

/** Simulates secure bits with instruments and ground, and counts how often a rule names the state. */
function simulate(where: Loop, samples: number, bits: number, seed: string, ground = 0) {
  const prng = rng(seed)
  const gaussian = gaussianSource(prng)
  let bsy = 0
  let secondLaw = 0
  let best = 0
  let byGround = 0
  const rule = optimalRule(where)
  for (let bit = 0; bit < bits; bit++) {
    const isHL = prng.word() < 0
    const state = loopState(where, isHL ? 'HL' : 'LH')
    const generator = (variance: number) => {
      const x = new Float64Array(samples)
      gaussian.fill(x)
      return x.map((v) => v * Math.sqrt(variance))
    }
    const traces = solveResistiveLoop(
      state,
      generator(state.aliceVolts2),
      generator(state.bobVolts2),
      new Float64Array(samples).fill(ground),
    )
    const m = measuredMoments(measure(traces, where.instruments.eve, gaussian))
    const right = (r: typeof bsyRule) => (ruleValue(r, m) > r.threshold === isHL ? 1 : 0)
    bsy += right(bsyRule)
    secondLaw += right(secondLawRule)
    best += right(rule)
    let middle = 0
    for (let t = 0; t < samples; t++)
      middle += (traces.aliceVolts[t] as number) + (traces.bobVolts[t] as number)
    byGround += decideByGround(middle * ground) === isHL ? 1 : 0
  }
  return { bsy: bsy / bits, secondLaw: secondLaw / bits, best: best / bits, byGround: byGround / bits }
}

describe('attacks, simulated beside their closed forms (2000 bits, 5σ: false alarm below 1e-5 in all)', () => {
  const bits = 2000
  const near = (measured: number, expected: number) =>
    expect(Math.abs(measured - expected)).toBeLessThan(5 * Math.sqrt(0.25 / bits))

  it('instruments: BSY goes blind, the Second-Law attack does not', () => {
    const eve = { gainError: 0.02, noiseFraction: 0.05, adcBits: 16 }
    const here = { ...loop, instruments: { ...loop.instruments, eve } }
    const found = simulate(here, 500, bits, 'instruments')
    near(found.bsy, chanceWithInstrument(here, bsyRule, eve, 500))
    near(found.secondLaw, chanceWithInstrument(here, secondLawRule, eve, 500))
    expect(found.secondLaw).toBeGreaterThan(found.bsy + 0.1)
  })

  it('ideal instruments: three names for one test', () => {
    const found = simulate(loop, 200, bits, 'ideal')
    expect(found.bsy).toBe(found.secondLaw)
    expect(found.best).toBe(found.secondLaw)
    near(found.best, optimalAttack(loop, 200).right)
  })

  it('a ground loop names the bit that β* hides', () => {
    const volts = 0.1 * Math.sqrt(expectedMoments(loopState(star, 'HL')).uaua)
    const grounded = { ...star, ground: { dcVolts: volts, acAmplitudeVolts: 0, acHertz: 50 } }
    const expected = groundLoopChance(grounded, 100)
    const found = simulate(star, 100, bits, 'ground', volts)
    expect(found.byGround).toBeGreaterThan(0.6)
    near(found.byGround, expected)
    near(simulate(star, 100, bits, 'ground').best, 0.5)
    expect(() => groundLoopChance(loop, 100)).toThrow(/must vanish/)
  })

  it('Hao: formulas, and a closed form that the simulation meets', () => {
    const p = { ...ohms, aliceKelvin: 1.1e9, bobKelvin: 1e9, bandwidthHertz: 1000 }
    const warm = withTemperatures(ideal, p.aliceKelvin, p.bobKelvin)
    const hl = expectedMoments(loopState(warm, 'HL'))
    const lh = expectedMoments(loopState(warm, 'LH'))
    expect(haoVoltageDifference(p) / (hl.uaua - lh.uaua)).toBeCloseTo(1, 10)
    expect(haoCurrentDifference(p) / (hl.ii - lh.ii)).toBeCloseTo(1, 10)
    near(simulate(warm, 100, bits, 'hao').best, optimalAttack(warm, 100).right)
    expect(optimalAttack(warm, 1000).right).toBeGreaterThan(0.7)
    expect(optimalAttack(withTemperatures(ideal, 1e9, 1e9), 1000).right).toBe(0.5)
  })

  it('only Gaussian noise is secure', () => {
    const right = (shape: 'gaussian' | 'uniform' | 'laplace') =>
      nonGaussianAttack(ideal, shape, 20, bits, rng(shape)).right / bits
    near(right('gaussian'), 0.5)
    expect(right('uniform')).toBeGreaterThan(0.9)
    expect(right('laplace')).toBeGreaterThan(0.8)
  })

  it('what Eve knows of a generator is a leak; a whole seed is the bit', () => {
    const prng = rng('generator')
    const gaussian = gaussianSource(prng)
    expect(knownGeneratorAttack(ideal, { ofAlice: 0, ofBob: 0 }, 50).right).toBe(0.5)
    const some = knownGeneratorAttack(ideal, { ofAlice: 0.1, ofBob: 0 }, 50).right
    expect(some).toBeGreaterThan(0.6)
    expect(knownGeneratorAttack(ideal, { ofAlice: 0.1, ofBob: 0.1 }, 50).right).toBeGreaterThan(some)
    for (const name of ['HL', 'LH'] as const) {
      const s = loopState(ideal, name)
      const other = loopState(ideal, name === 'HL' ? 'LH' : 'HL')
      const mine = Math.sqrt(s.aliceVolts2) * gaussian.next()
      const unused = Math.sqrt(other.aliceVolts2) * gaussian.next()
      const t = solveResistiveLoop(
        s,
        Float64Array.of(mine),
        Float64Array.of(Math.sqrt(s.bobVolts2) * gaussian.next()),
      )
      const known = name === 'HL' ? { ifHigh: mine, ifLow: unused } : { ifHigh: unused, ifLow: mine }
      const seen = { aliceVolts: t.aliceVolts[0] as number, currentAmperes: t.currentAmperes[0] as number }
      expect(decideWithSeed(ideal, known, seen)).toBe(name === 'HL')
    }
  })

  it('a bent generator: its mean square, and the leak', () => {
    const d = { second: 0.05, third: 0.03 }
    const gaussian = gaussianSource(rng('bent'))
    const n = 200_000
    let square = 0
    for (let t = 0; t < n; t++) square += distort(0.5 * gaussian.next(), 0.5, 1, d) ** 2 / n
    // the variance of the square is about 2·σ⁴
    expect(Math.abs(square / 0.25 - distortedPower(d, 0.25))).toBeLessThan(5 * Math.sqrt(3 / n))
    expect(totalDistortion(thirdOrderDistortion(0.01))).toBeCloseTo(0.01, 12)
    const bent = { ...ideal.alice, distortion: thirdOrderDistortion(0.01) }
    expect(
      optimalAttack(secondMomentEquivalent({ ...ideal, alice: bent, bob: bent }), 1000).right,
    ).toBeGreaterThan(0.57)
  })
})

describe('defences', () => {
  it('β* hides the bit on any resistive line', () => {
    fc.assert(
      fc.property(anyParameters, (p) => {
        const hidden = loopOf({ ...p, beta: exactBeta(p) })
        expect(optimalAttack(hidden, 1000).right).toBeCloseTo(0.5, 6)
      }),
      { numRuns: 30, seed: 2 },
    )
  })

  it('VMG hides four different resistors, is β* for two, and refuses what has no noise', () => {
    const four = { aliceLowOhms: 1000, aliceHighOhms: 9000, bobLowOhms: 2000, bobHighOhms: 16_000 }
    expect(optimalAttack(vmgLoop(loop, four), 2000).right).toBeCloseTo(0.5, 9)
    const two = { aliceLowOhms: 1000, aliceHighOhms: 9000, bobLowOhms: 1000, bobHighOhms: 9000 }
    const made = vmgLoop(loop, two)
    expect(made.alice.low.temperatureKelvin / 1e9).toBeCloseTo(exactBeta(cable), 12)
    expect(made.bob.low.temperatureKelvin / 1e9).toBeCloseTo(exactBeta(cable), 12)
    expect(() => vmgLoop(loop, { ...four, bobLowOhms: 20_000 })).toThrow(
      /bobHighVolts2 is .* V²; expected .*more than 0/,
    )
  })

  it('knowing one’s own noise needs the fewest samples', () => {
    const need = (mode: 'voltage' | 'best-of-both' | 'own-noise') => samplesFor(ideal, mode, 1e-3)
    expect(need('own-noise')).toBeLessThan(need('best-of-both'))
    expect(need('best-of-both')).toBeLessThan(need('voltage'))
  })

  it('the multiple scheme: reverse pairs mean opposite bits', () => {
    for (let i = 0; i < 6; i++)
      for (let j = 0; j < 6; j++)
        expect(truthTable(i, j)).toBe(i === j ? undefined : 1 - (truthTable(j, i) as number))
    const leak = multipleLeak(
      {
        resistancesOhms: [1000, 9000],
        line: resistiveLine(200),
        temperatureKelvin: 1e9,
        bandwidthHertz: 1000,
      },
      200,
    )
    expect(leak.keptShare).toBe(0.5)
    expect(leak.eve).toBeCloseTo(0.644, 4)
  })

  it('a keyed chain hands secrecy on', () => {
    expect(guessAfterChain(0.9, 5)).toBe(0.5)
  })

  it('random resistors: a party finds the other end, Eve finds a curve', () => {
    fc.assert(
      fc.property(
        fc.tuple(...Array.from({ length: 4 }, () => fc.double({ min: 1.01, max: 9.9, noNaN: true }))),
        ([a = 1, b = 1, c = 1, d = 1]) => {
          const alice = { ohms: 1000 * a, volts2: c }
          const bob = { ohms: 1000 * b, volts2: d }
          const s = alice.ohms + bob.ohms
          const m = wireMoments(
            expectedMoments({
              aliceOhms: alice.ohms,
              bobOhms: bob.ohms,
              lineOhms: 0,
              aliceVolts2: c,
              bobVolts2: d,
              lineVolts2: 0,
              totalOhms: s,
            }),
          )
          expect(otherEnd(alice, m).ohms / bob.ohms).toBeCloseTo(1, 8)
          expect(otherEnd(alice, m).volts2 / bob.volts2).toBeCloseTo(1, 8)
          const true_ = explanation(alice.ohms, m)
          expect(true_.bob.ohms / bob.ohms).toBeCloseTo(1, 8)
          expect(true_.alice.volts2 / alice.volts2).toBeCloseTo(1, 8)
          const range = { lowOhms: 1000, highOhms: 10_000, lowVolts2: 1, highVolts2: 10 }
          const p = chanceAliceHigher(m, range, 3000)
          expect(p).toBeGreaterThanOrEqual(0)
          expect(p).toBeLessThanOrEqual(1)
        },
      ),
      { numRuns: 20, seed: 4 },
    )
  })
})
