import { checkRange } from '../range.ts'

export interface OffsetOhms {
  highOhms: number
  lowOhms: number
  cableOhms: number
}

function check({ highOhms, lowOhms, cableOhms }: OffsetOhms): void {
  checkRange('highOhms', highOhms, { unit: 'Ω', moreThan: 0, max: 1e12 })
  checkRange('lowOhms', lowOhms, { unit: 'Ω', moreThan: 0, max: 1e12 })
  checkRange('cableOhms', cableOhms, { unit: 'Ω', min: 0, max: 1e12 })
}

/**
 * The paper's eq. (11): β = (1 + R_c/R_L)/(1 + R_c/R_H). It equates only the forward terms of (5) and (6), and turns
 * Eve's signal round (times −R_H/(R_H + R_c)) instead of removing it. Here to be shown failing.
 */
export function unsafePaperBeta(ohms: OffsetOhms): number {
  check(ohms)
  return (1 + ohms.cableOhms / ohms.lowOhms) / (1 + ohms.cableOhms / ohms.highOhms)
}

/**
 * β* = (1 + R_c/2R_L)/(1 + R_c/2R_H): noise in proportion to r = R + R_c/2, half the cable belonging to each side. The
 * covariance of (U_m, I) is then the same in LH and HL, and no attack on the resistive line sees a difference.
 */
export function exactBeta(ohms: OffsetOhms): number {
  check(ohms)
  return (1 + ohms.cableOhms / (2 * ohms.lowOhms)) / (1 + ohms.cableOhms / (2 * ohms.highOhms))
}
