import type { Loop } from '../wire/model.ts'
import { expectedCross, type Statistic } from './wire-tap.ts'

/**
 * The paper's attack on a real cable: the part of U·I* in phase, Σ Re(U_m·I_m*), which is the mean power that flows.
 * At R_c alone this is the optimal test; on a cable with capacitance it leaves most of the information unread.
 */
export function inPhaseStatistic(): Statistic {
  return ({ voltageA, voltageB, currentA, currentB }) => {
    let sum = 0
    for (let i = 0; i < voltageA.length; i++)
      sum +=
        ((voltageA[i] as number) + (voltageB[i] as number)) *
        ((currentA[i] as number) + (currentB[i] as number))
    return sum
  }
}

/** ρ(f) in phase and in quadrature, in the state HL: what resistance leaks, and what C and L leak. */
export function correlationPhases(loop: Loop, samples: number): { inPhase: number; quadrature: number }[] {
  return expectedCross(loop, samples).map(({ cross, power }) => ({
    inPhase: cross.re / power,
    quadrature: cross.im / power,
  }))
}
