import type { Rule } from '../exchange/rule.ts'
import { type EquationParameters, noiseWatts, sumOhms } from './equation-parameters.ts'

/**
 * The attack of the paper's §2.1: compare the powers that flow out of the two ends of the cable. True means that Alice
 * has R_H: eq. (9), ⟨(U_cA + U_cB)·I⟩ > 0.
 */
export const secondLawRule: Rule = { uai: 1, ubi: 1, threshold: 0 }

/** Eq. (3): the cable's heating by the generator at the H end, W. */
export function cableHeatingByHigh(p: EquationParameters): number {
  return (noiseWatts(p) * p.highOhms * p.cableOhms) / sumOhms(p) ** 2
}

/** Eq. (4), with R_c where it prints R_w: the cable's heating by the generator at the L end, W. */
export function cableHeatingByLow(p: EquationParameters): number {
  return (noiseWatts(p) * p.beta * p.lowOhms * p.cableOhms) / sumOhms(p) ** 2
}

/** Eq. (5): the mean power that flows out of the H end, W; for any β. At β = 1 it is K·R_H·R_c/S². */
export function powerOutOfHigh(p: EquationParameters): number {
  const { highOhms: h, lowOhms: l, cableOhms: c, beta } = p
  return (noiseWatts(p) * (h * (c + l) - beta * l * h)) / sumOhms(p) ** 2
}

/** Eq. (6): the mean power that flows out of the L end, W; for any β. At β = 1 it is K·R_L·R_c/S². */
export function powerOutOfLow(p: EquationParameters): number {
  const { highOhms: h, lowOhms: l, cableOhms: c, beta } = p
  return (noiseWatts(p) * (beta * l * (c + h) - h * l)) / sumOhms(p) ** 2
}

/** Eq. (7) as the paper prints it, with R_H + R_L. It is not (5) less (6). */
export function powerDifferencePrinted(p: EquationParameters): number {
  return (noiseWatts(p) * p.cableOhms * (p.highOhms + p.lowOhms)) / sumOhms(p) ** 2
}

/** Eq. (7) mended: (5) less (6), which at β = 1 is K·R_c·(R_H − R_L)/S². */
export function powerDifference(p: EquationParameters): number {
  return powerOutOfHigh(p) - powerOutOfLow(p)
}
