import { middleReadingsCovariance, readings, readingsCovariance } from '../exchange/readings.ts'
import type { Rule } from '../exchange/rule.ts'
import {
  type Covariance,
  type Distinguishability,
  distinguish,
  relativeEigenvalues,
} from '../exchange/two-gaussians.ts'
import { checkRange } from '../range.ts'
import { regularisedBeta } from '../special-functions.ts'
import { loopState } from '../wire/algebraic.ts'
import { type BitState, IDEAL_INSTRUMENT, type Loop } from '../wire/model.ts'
import { optimalTest } from './spectral-likelihood.ts'

/** What Eve sees of one sample: (U_m, I) on a cold line read perfectly, else (U_A, U_B, I). */
function seenByEve(loop: Loop, state: BitState): Covariance {
  const eve = loop.instruments.eve
  const rows = readings(loopState(loop, state), { ...eve, adcBits: Number.POSITIVE_INFINITY })
  // without noise of line or meters U_A − U_B = R_c·I: three readings are two
  const independent =
    eve.noiseFraction > 0 || (loop.line.temperatureKelvin > 0 && loop.line.resistanceOhms > 0)
  return independent ? readingsCovariance(rows) : middleReadingsCovariance(rows)
}

/**
 * The bound of all passive stationary attacks on the resistive loop: the best test between HL and LH from N samples of
 * everything Eve can read with her instruments.
 */
export function optimalAttack(loop: Loop, samples: number): Distinguishability {
  return distinguish(seenByEve(loop, 'HL'), seenByEve(loop, 'LH'), samples)
}

/** I(bit; Eve) of one exchanged bit, in bits, at best:
 * from N samples with ideal instruments on a cold line. */
export function leakedBits(loop: Loop, samples: number): number {
  const seen = (state: BitState) =>
    middleReadingsCovariance(readings(loopState(loop, state), IDEAL_INSTRUMENT))
  const [p = 1, q = 1] = relativeEigenvalues(seen('HL'), seen('LH'))
  // N real samples are N/2 complex amplitudes
  return optimalTest([{ larger: Math.max(p, q) - 1, smaller: Math.min(p, q) - 1 }], [samples / 2])
    .informationBits
}

/**
 * ρ, the correlation of U_m and I in the state HL: (r_L·V_H − r_H·V_L) / √((V_H + V_L)(r_L²·V_H + r_H²·V_L)) with
 * r = R + R_c/2. In LH it is the opposite.
 */
export function correlation(loop: Loop): number {
  const [[uu, ui], [, ii]] = middleReadingsCovariance(readings(loopState(loop, 'HL'), IDEAL_INSTRUMENT)) as [
    [number, number],
    [number, number],
  ]
  return ui / Math.sqrt(uu * ii)
}

/** Eve's best chance when both parties hold the same resistors: I_{(1+|ρ|)/2}(N/2, N/2). */
export function chanceOfCorrelation(rho: number, samples: number): number {
  checkRange('rho', rho, { unit: '', min: -1, max: 1 })
  checkRange('samples', samples, { unit: '', min: 1, whole: true })
  return regularisedBeta((1 + Math.abs(rho)) / 2, samples / 2, samples / 2)
}

/** The likelihood ratio as a rule: true means HL. For a cold line and ideal instruments. */
export function optimalRule(loop: Loop): Rule {
  const invert = (state: BitState) => {
    const [[a, b], [, d]] = middleReadingsCovariance(readings(loopState(loop, state), IDEAL_INSTRUMENT)) as [
      [number, number],
      [number, number],
    ]
    const det = a * d - b * b
    return { uu: d / det, ui: -b / det, ii: a / det, logDet: Math.log(det) }
  }
  const [hl, lh] = [invert('HL'), invert('LH')]
  const uu = lh.uu - hl.uu
  const ui = 2 * (lh.ui - hl.ui)
  // what differs only by rounding does not differ
  const tidy = (difference: number, size: number) => (Math.abs(difference) < 1e-12 * size ? 0 : difference)
  const middle = tidy(uu, hl.uu)
  const cross = tidy(ui, Math.abs(hl.ui) + Math.sqrt(hl.uu * hl.ii))
  const threshold = hl.logDet - lh.logDet
  return {
    uaua: middle / 4,
    uaub: middle / 2,
    ubub: middle / 4,
    uai: cross / 2,
    ubi: cross / 2,
    ii: tidy(lh.ii - hl.ii, hl.ii),
    threshold: Math.abs(threshold) < 1e-12 ? 0 : threshold,
  }
}
