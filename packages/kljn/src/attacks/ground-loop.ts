import { middleReadingsCovariance, readings } from '../exchange/readings.ts'
import { checkRange } from '../range.ts'
import { normalBelow } from '../special-functions.ts'
import { loopState } from '../wire/algebraic.ts'
import { type BitState, checkLoop, IDEAL_INSTRUMENT, type Loop } from '../wire/model.ts'

/**
 * A voltage between the parties' grounds drives a current that Eve knows the shape of. The voltage it leaves on the
 * wire divides by the resistors, so that its size tells who has the larger one.
 */

/** What one volt between the grounds does to (U_m, I): V and A per V. */
function perVolt(loop: Loop, state: BitState): readonly [number, number] {
  const { aliceOhms, bobOhms, totalOhms } = loopState(loop, state)
  return [(bobOhms - aliceOhms) / (2 * totalOhms), 1 / totalOhms]
}

/**
 * Eve's chance, when LH and HL differ only by the means (a loop defended by β* or without cable resistance): Φ(d/2)
 * with d² = Σ over the samples of g(t)²·δ'Σ⁻¹δ. An alternating voltage counts with its mean square, for a bit of
 * whole periods. Refuses a loop whose covariances differ too: there this is not the optimum.
 */
export function groundLoopChance(loop: Loop, samples: number): number {
  checkLoop(loop)
  checkRange('samples', samples, { unit: '', min: 1, whole: true })
  const [[uu, ui], [, ii]] = middleReadingsCovariance(readings(loopState(loop, 'HL'), IDEAL_INSTRUMENT)) as [
    [number, number],
    [number, number],
  ]
  checkRange('correlation of U_m and I, which must vanish (use β*)', ui / Math.sqrt(uu * ii), {
    unit: '',
    min: -1e-6,
    max: 1e-6,
  })
  const hl = perVolt(loop, 'HL')
  const lh = perVolt(loop, 'LH')
  const du = hl[0] - lh[0]
  const di = hl[1] - lh[1]
  const { dcVolts, acAmplitudeVolts } = loop.ground
  const meanSquare = dcVolts ** 2 + acAmplitudeVolts ** 2 / 2
  return normalBelow(Math.sqrt(samples * meanSquare * (du ** 2 / uu + di ** 2 / ii)) / 2)
}

/** Eve's decision from a correlation of U_m with the ground's shape, Σ U_m·g; true means HL. */
export function decideByGround(correlation: number): boolean {
  // in HL Alice has the larger resistor, and the ground's voltage pulls the middle of the wire down
  return correlation < 0
}
