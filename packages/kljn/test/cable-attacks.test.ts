import { testRng } from '@warren/testkit/rng'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  crossoverHertz,
  quadratureStatistic,
  shortCableCorrelation,
} from '../src/attacks/cable-capacitance.ts'
import { correlationPhases, inPhaseStatistic } from '../src/attacks/cable-resistance.ts'
import { directionalStatistic } from '../src/attacks/directional-wave.ts'
import { injection, injectionExcess } from '../src/attacks/injection.ts'
import { correlation, optimalAttack } from '../src/attacks/likelihood-ratio.ts'
import { manInTheMiddle } from '../src/attacks/man-in-the-middle.ts'
import { optimalCableAttack, spectralCorrelation } from '../src/attacks/spectral-likelihood.ts'
import { firstWaveVolts, transientAttack, transientChance } from '../src/attacks/transient.ts'
import { hitRates, likelihoodStatistic, tapWire } from '../src/attacks/wire-tap.ts'
import { cableLoop } from '../src/defences/cable-defence.ts'
import { withCapacitorKiller } from '../src/defences/capacitor-killer.ts'
import { alarmChance, alarmThreshold, comparison, raiseAlarm } from '../src/defences/comparison.ts'
import { abruptStart, rampedStart } from '../src/defences/ramped-start.ts'
import { gaussianSource } from '../src/noise/gaussian.ts'
import { seededPrng } from '../src/noise/prng.ts'
import { chiSquareAbove } from '../src/special-functions.ts'
import { expectedMoments, loopState } from '../src/wire/algebraic.ts'
import { emptyEnds, harmonicLoop, inTime, meanSquare } from '../src/wire/harmonics.ts'
import { lineOf, RG58, resistiveLine, symmetricLoop } from '../src/wire/model.ts'
import { nodal } from '../src/wire/nodal.ts'
import { injectionTransfer, ladder, telegrapher } from '../src/wire/two-port.ts'

const resistive = (beta = 1, ohms = 200) =>
  symmetricLoop({ lowOhms: 1000, highOhms: 9000, beta, line: resistiveLine(ohms) })
const coax = (metres: number, options: Partial<Parameters<typeof cableLoop>[0]> = {}) =>
  cableLoop({
    cable: RG58,
    lengthMetres: metres,
    lowOhms: 1000,
    highOhms: 9000,
    bandwidthHertz: 250,
    ...options,
  })

describe('the harmonic solution on a resistive line is the algebraic loop', () => {
  it('in every second moment', () => {
    const loop = resistive(1.3)
    const gaussian = gaussianSource(seededPrng(testRng('moments')))
    const harmonics = harmonicLoop(loop, 32)
    const alice = new Float64Array(32)
    const bob = new Float64Array(32)
    const ends = emptyEnds(32)
    gaussian.fill(alice)
    gaussian.fill(bob)
    harmonics.solve('HL', alice, bob, ends)
    for (let i = 0; i < 32; i++) {
      const current = ((alice[i] as number) - (bob[i] as number)) / 10_200
      expect(ends.currentA[i]).toBeCloseTo(current, 15)
      expect(ends.currentB[i]).toBeCloseTo(current, 15)
      expect(ends.voltageA[i]).toBeCloseTo((alice[i] as number) - 9000 * current, 11)
      expect(ends.voltageB[i]).toBeCloseTo((bob[i] as number) + 1000 * current, 11)
    }
  })
  it('in ρ, in p, and in the information', () => {
    for (const beta of [1, 1.0879, 1.1739, 2]) {
      const loop = resistive(beta)
      expect(spectralCorrelation(loop, 77)).toBeCloseTo(Math.abs(correlation(loop)), 12)
      const [mine, theirs] = [optimalCableAttack(loop, 200), optimalAttack(loop, 200)]
      expect(mine.guess).toBeCloseTo(theirs.right, 7)
    }
  })
  it('in the mean square of simulated signals', () => {
    const loop = resistive()
    const expected = expectedMoments(loopState(loop, 'HL')).uaua
    let sum = 0
    let count = 0
    tapWire(loop, 64, 2000, testRng('mean square'), (state, { voltageA }) => {
      if (state !== 'HL') return
      sum += meanSquare(voltageA)
      count++
    })
    // about 1000 periods of 64 numbers: relative standard error √(2/64 000) = 0.0056; 5 of it, false alarm 6e-7
    expect(Math.abs(sum / count / expected - 1)).toBeLessThan(0.028)
  })
  it('in time: the mean of the squares is that of the amplitudes', () => {
    const signal = new Float64Array(16)
    gaussianSource(seededPrng(testRng('time'))).fill(signal)
    const samples = inTime(signal, 64)
    const mean = samples.reduce((s, v) => s + v * v, 0) / samples.length
    expect(mean).toBeCloseTo(meanSquare(signal), 12)
  })
})

describe('resistance and capacitance', () => {
  it('the crossover of RG58 at 9 kΩ/1 kΩ is 8.4 Hz, and moves up with a shield driver', () => {
    expect(crossoverHertz(RG58, 1000, 9000)).toBeCloseTo(8.4, 1)
    expect(crossoverHertz(RG58, 1000, 9000, 0.99)).toBeGreaterThan(800)
  })
  it('resistance is in phase, capacitance in quadrature, and β* touches only the first', () => {
    const last = <T>(list: T[]) => list.at(-1) as T
    const bare = last(correlationPhases(coax(300), 20))
    const exact = last(correlationPhases(coax(300, { defences: ['beta-exact'] }), 20))
    const short = shortCableCorrelation(lineOf(RG58, 300), 1000, 9000, 250)
    expect(Math.abs(bare.inPhase)).toBeCloseTo(short.resistive, 3)
    expect(Math.abs(bare.quadrature)).toBeCloseTo(short.reactive, 3)
    expect(Math.abs(exact.inPhase)).toBeLessThan(2e-4)
    expect(exact.quadrature).toBeCloseTo(bare.quadrature, 3)
  })
  it('a perfect shield driver is a cable without capacitance', () => {
    const killed = withCapacitorKiller(lineOf(RG58, 300), 1)
    const none = lineOf({ ...RG58, capacitanceFaradsPerMetre: 0 }, 300)
    expect(telegrapher(killed, 1000)).toEqual(telegrapher(none, 1000))
    expect(() => withCapacitorKiller(killed, 1.2)).toThrow('gain is 1.2')
  })
  it('the simulated tests do what their closed forms say', () => {
    const loop = coax(1000, { defences: ['beta-exact'] })
    const bits = 2000
    const rates = hitRates(loop, 100, bits, testRng('tests'), {
      likelihood: likelihoodStatistic(loop, 100),
      inPhase: inPhaseStatistic(),
      quadrature: quadratureStatistic(loop, 100),
    })
    // standard error at most 0.0112; 5 of it, false alarm 6e-7 for each of three
    const bound = optimalCableAttack(loop, 100).guess
    expect(bound).toBeGreaterThan(0.85)
    expect(Math.abs(rates.likelihood - bound)).toBeLessThan(0.056)
    expect(Math.abs(rates.quadrature - bound)).toBeLessThan(0.056)
    expect(Math.abs(rates.inPhase - 0.5)).toBeLessThan(0.056)
  })
})

describe('the directional wave test', () => {
  it('is Z₀ times the power flow, on anything', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.1, max: 1e5, noNaN: true }),
        fc.array(fc.double({ min: -10, max: 10, noNaN: true }), { minLength: 8, maxLength: 8 }),
        (ohms, v) => {
          const pair = (i: number) => Float64Array.of(v[i] as number, v[i + 1] as number)
          const ends = { voltageA: pair(0), currentA: pair(2), voltageB: pair(4), currentB: pair(6) }
          const flow = (ohms * inPhaseStatistic()(ends)) / 4
          expect(directionalStatistic(ohms)(ends)).toBeCloseTo(flow, 3)
        },
      ),
    )
  })
})

describe('the transient', () => {
  const loop = coax(100, { defences: ['beta-exact'] })
  const run = { bits: 4000, readAtDelays: 0.75, noiseVolts: 0, ramp: abruptStart }
  // standard error below 0.008; 5 of it, false alarm 6e-7 each
  it('names the bit as often as two Gaussians allow, until the waves have met', () => {
    expect(transientChance(loop)).toBeGreaterThan(0.75)
    expect(Math.abs(transientAttack(loop, run, testRng('first')) - transientChance(loop))).toBeLessThan(0.04)
  })
  it('a ramp hides it from a noisy coupler, and from no other', () => {
    const noiseVolts = 0.01 * firstWaveVolts(loop, loop.alice.low)
    const ramp = rampedStart(0.01)
    expect(Math.abs(transientAttack(loop, { ...run, noiseVolts, ramp }, testRng('ramp')) - 0.5)).toBeLessThan(
      0.04,
    )
    expect(transientAttack(loop, { ...run, ramp }, testRng('ideal'))).toBeGreaterThan(0.74)
  })
  it('the ramp rises from 0 to 1', () => {
    const ramp = rampedStart(2)
    expect([ramp(-1), ramp(0), ramp(1), ramp(2), ramp(3)]).toEqual([0, 0, expect.closeTo(0.5, 12), 1, 1])
    expect(() => rampedStart(0)).toThrow('seconds is 0 s')
  })
})

describe('active attacks and the comparison', () => {
  const loop = coax(100)
  const harmonics = harmonicLoop(loop, 32)
  const meters = { volts: 1e-7, amperes: 3e-11 }

  it('an injected current divides as the time-domain ladder says', () => {
    const line = { ...lineOf(RG58, 2000), resistanceOhms: 0.001 }
    // at zero frequency: between R_A and R_B, through half the line each
    const dc = injectionTransfer(resistiveLine(200), 0, 9000, 1000)
    expect(dc.currentB.re - dc.currentA.re).toBeCloseTo(1, 12)
    expect(dc.currentA.re).toBeCloseTo(-1100 / 10_200, 12)
    const solver = nodal(line, 100, 300, { sections: 2, stepSeconds: 1e-6, method: 'trapezoidal' })
    let last = solver.step(0, 0, 1)
    for (let i = 0; i < 20_000; i++) last = solver.step(0, 0, 1)
    const exact = injectionTransfer(line, 0, 100, 300)
    expect(last.currentA).toBeCloseTo(exact.currentA.re, 6)
    expect(last.voltageB).toBeCloseTo(exact.voltageB.re, 3)
    expect(ladder(line, 2, 0).a.re).toBe(1)
  })
  it('χ² of an undisturbed line is its degrees of freedom; on a resistive wire from U_A − U_B − R_c·I and I_A − I_B', () => {
    const wire = resistive(1, 200)
    const check = comparison(harmonicLoop(wire, 2), meters)
    const residual = { u: 3e-7, i: 2e-11 }
    const ends = {
      voltageA: Float64Array.of(1 + 200 * 1e-3 + residual.u, 0),
      currentA: Float64Array.of(1e-3 + residual.i, 0),
      voltageB: Float64Array.of(1, 0),
      currentB: Float64Array.of(1e-3, 0),
    }
    const uu = 2 * meters.volts ** 2 + (200 * meters.amperes) ** 2
    const ii = 2 * meters.amperes ** 2
    const ui = 200 * meters.amperes ** 2
    const expected =
      (2 * (ii * residual.u ** 2 + uu * residual.i ** 2 - 2 * ui * residual.u * residual.i)) /
      (uu * ii - ui * ui)
    expect(check.chiSquare(ends) / expected).toBeCloseTo(1, 5)
    expect(check.degreesPerBit).toBe(4)
  })
  it('the threshold is the quantile it should be', () => {
    for (const degrees of [1, 4, 128, 50_000])
      for (const alpha of [0.5, 0.01, 1e-9])
        expect(chiSquareAbove(alarmThreshold(degrees, alpha), degrees) / alpha).toBeCloseTo(1, 4)
    expect(() => raiseAlarm(1000, 10, 1e-6)).toThrow(expect.objectContaining({ code: 'kljn/alarm' }))
    expect(() => raiseAlarm(10, 10, 1e-6)).not.toThrow()
  })
  it('nobody injects: the chance of an alarm is that of a false one', () => {
    expect(alarmChance(new Float64Array(16).fill(1), 3, 0.01)).toBeCloseTo(0.01, 8)
    const excess = injectionExcess(loop, harmonics, meters, 'HL', 0)
    expect([...excess]).toEqual(new Array(16).fill(1))
  })
  it('the closed form of an alarm is what the simulation shows', () => {
    const gaussian = gaussianSource(seededPrng(testRng('alarm')))
    const amperes = 4e-11
    const attack = injection(loop, harmonics, amperes, gaussian)
    const check = comparison(harmonics, meters)
    const threshold = alarmThreshold(check.degreesPerBit, 0.05)
    const read = emptyEnds(32)
    let alarms = 0
    const bits = 3000
    tapWire(
      loop,
      32,
      bits,
      testRng('watch'),
      (_, ends) => {
        for (const name of ['voltageA', 'currentA', 'voltageB', 'currentB'] as const)
          for (let i = 0; i < 32; i++)
            read[name][i] =
              (ends[name][i] as number) +
              ((name.startsWith('v') ? meters.volts : meters.amperes) / Math.SQRT2) * gaussian.next()
        if (check.chiSquare(read) > threshold) alarms++
      },
      attack.solve,
    )
    const expected = (['HL', 'LH'] as const)
      .map((state) => alarmChance(injectionExcess(loop, harmonics, meters, state, amperes), 1, 0.05) / 2)
      .reduce((a, b) => a + b, 0)
    expect(expected).toBeGreaterThan(0.15)
    // standard error at most 0.0091; 5 of it, false alarm 6e-7
    expect(Math.abs(alarms / bits - expected)).toBeLessThan(0.046)
  })
  it('a man in the middle leaves both ends as they should be, one by one, and the comparison beside itself', () => {
    const rng = testRng('middle')
    const solve = manInTheMiddle(loop, harmonics, gaussianSource(seededPrng(rng)), rng)
    const check = comparison(harmonics, meters)
    const threshold = alarmThreshold(check.degreesPerBit, 1e-12)
    let alarms = 0
    tapWire(loop, 32, 100, rng, (_, ends) => void (check.chiSquare(ends) > threshold && alarms++), solve)
    expect(alarms).toBe(100)
  })
})
