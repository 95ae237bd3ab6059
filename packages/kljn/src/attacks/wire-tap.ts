import type { Rng } from '@warren/primitives/rng'
import { covarianceRatio, scaleOhmsOf } from '../exchange/spectral-decision.ts'
import { gaussianSource } from '../noise/gaussian.ts'
import { seededPrng } from '../noise/prng.ts'
import { checkRange } from '../range.ts'
import { type Complex, norm } from '../wire/complex.ts'
import {
  type EndHarmonics,
  emptyEnds,
  generatorNoise,
  harmonicLoop,
  type SolveState,
} from '../wire/harmonics.ts'
import { connected, type Loop } from '../wire/model.ts'
import { endCovariance } from './spectral-likelihood.ts'

/** A number that speaks for HL where it is positive, from what both ends show in one bit period. */
export type Statistic = (ends: EndHarmonics) => number

/**
 * What Eve sees of `bits` mixed bit periods in the steady state, HL and LH drawn alike. `visit` is shown one period at
 * a time; the signals are overwritten by the next. `solve` stands in for the undisturbed loop.
 */
export function tapWire(
  loop: Loop,
  samples: number,
  bits: number,
  rng: Rng,
  visit: (state: 'HL' | 'LH', ends: EndHarmonics) => void,
  solve: SolveState = harmonicLoop(loop, samples).solve,
): void {
  checkRange('bits', bits, { unit: 'bit', min: 1, max: 2 ** 30, whole: true })
  const prng = seededPrng(rng)
  const gaussian = gaussianSource(prng)
  const alice = new Float64Array(samples)
  const bob = new Float64Array(samples)
  const ends = emptyEnds(samples)
  for (let i = 0; i < bits; i++) {
    const state = prng.word() < 0 ? 'HL' : 'LH'
    const resistors = connected(loop, state)
    generatorNoise(resistors.alice, loop.bandwidthHertz, gaussian, alice)
    generatorNoise(resistors.bob, loop.bandwidthHertz, gaussian, bob)
    solve(state, alice, bob, ends)
    visit(state, ends)
  }
}

/** How often each statistic names the right state: Monte Carlo over the same periods, so that they can be compared. */
export function hitRates<K extends string>(
  loop: Loop,
  samples: number,
  bits: number,
  rng: Rng,
  statistics: Readonly<Record<K, Statistic>>,
): Record<K, number> {
  const names = Object.keys(statistics) as K[]
  const hits = Object.fromEntries(names.map((name) => [name, 0])) as Record<K, number>
  tapWire(loop, samples, bits, rng, (state, ends) => {
    for (const name of names) if (statistics[name](ends) > 0 === (state === 'HL')) hits[name]++
  })
  for (const name of names) hits[name] /= bits
  return hits
}

/** The optimal test, as a statistic: ln(p(HL)/p(LH)). */
export function likelihoodStatistic(loop: Loop, samples: number): Statistic {
  const { line } = harmonicLoop(loop, samples)
  const covariances = (state: 'HL' | 'LH') => line.map((twoPort) => endCovariance(loop, state, twoPort))
  const ratio = covarianceRatio(covariances('HL'), covariances('LH'), scaleOhmsOf(loop))
  return ({ voltageA, currentA }) => ratio(voltageA, currentA)
}

/**
 * U and I in the middle of the line, as the mean of both ends: exact up to second order in the line's length. The
 * covariance E[U·I*] in the state HL at each harmonic says which phase carries what.
 */
export function expectedCross(loop: Loop, samples: number): { cross: Complex; power: number }[] {
  const harmonics = harmonicLoop(loop, samples)
  const { alice, bob } = connected(loop, 'HL')
  const volts = {
    alice: alice.temperatureKelvin * alice.resistanceOhms,
    bob: bob.temperatureKelvin * bob.resistanceOhms,
  }
  return harmonics.transfer.HL.map((t) => {
    let re = 0
    let im = 0
    let uu = 0
    let ii = 0
    for (const who of ['alice', 'bob'] as const) {
      const { voltageA, voltageB, currentA, currentB } = t[who]
      const u = { re: (voltageA.re + voltageB.re) / 2, im: (voltageA.im + voltageB.im) / 2 }
      const i = { re: (currentA.re + currentB.re) / 2, im: (currentA.im + currentB.im) / 2 }
      re += volts[who] * (u.re * i.re + u.im * i.im)
      im += volts[who] * (u.im * i.re - u.re * i.im)
      uu += volts[who] * norm(u)
      ii += volts[who] * norm(i)
    }
    const power = Math.sqrt(uu * ii)
    return { cross: { re, im }, power }
  })
}
