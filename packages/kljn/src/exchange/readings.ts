import { expectedMoments, type LoopState } from '../wire/algebraic.ts'
import type { Instrument } from '../wire/model.ts'
import type { Covariance } from './two-gaussians.ts'

/**
 * What one sample of (U_A, U_B, I) is made of: three rows, a column for each independent source (Alice's generator,
 * Bob's, the cable's noise, the three meters' noises), in V and A for a source of unit variance.
 */
export type Readings = readonly [readonly number[], readonly number[], readonly number[]]

/**
 * The readings of somebody with these instruments. The voltmeters at Alice's and Bob's end have gains 1 + g/2 and
 * 1 − g/2. The converter's rounding is left out here; it is in the time-domain simulation.
 */
export function readings(state: LoopState, instrument: Instrument): Readings {
  const { aliceOhms: ra, bobOhms: rb, totalOhms: s } = state
  const a = Math.sqrt(state.aliceVolts2)
  const b = Math.sqrt(state.bobVolts2)
  const c = Math.sqrt(state.lineVolts2)
  const { gainError: g, noiseFraction } = instrument
  const m = expectedMoments(state)
  const noise = (variance: number) => noiseFraction * Math.sqrt(variance)
  const row = (gain: number, values: readonly number[], at: number, added: number) => {
    const meters = [0, 0, 0]
    meters[at] = added
    return [...values.map((v) => gain * v), ...meters]
  }
  return [
    row(1 + g / 2, [a * (1 - ra / s), (b * ra) / s, (-c * ra) / s], 0, noise(m.uaua)),
    row(1 - g / 2, [(a * rb) / s, b * (1 - rb / s), (c * rb) / s], 1, noise(m.ubub)),
    row(1, [a / s, -b / s, c / s], 2, noise(m.ii)),
  ]
}

/** Covariance of (U_A, U_B, I). Singular for a cold line and ideal instruments: there U_A − U_B = R_c·I. */
export function readingsCovariance(rows: Readings): Covariance {
  return rows.map((x) => rows.map((y) => x.reduce((sum, v, i) => sum + v * (y[i] as number), 0)))
}

/** Covariance of (U_m, I). */
export function middleReadingsCovariance([ua, ub, i]: Readings): Covariance {
  const um = ua.map((v, k) => (v + (ub[k] as number)) / 2)
  return [um, i].map((x) => [um, i].map((y) => x.reduce((sum, v, k) => sum + v * (y[k] as number), 0)))
}
