import type { Rule } from '../exchange/rule.ts'
import { type EquationParameters, noiseWatts, sumOhms } from './equation-parameters.ts'

/**
 * The cable-resistance attack of Bergou, Scheuer and Yariv, as Kish and Scheuer corrected it: compare the mean squares
 * of the voltages at the two ends. True means that Alice has R_H.
 */
export const bsyRule: Rule = { uaua: 1, ubub: -1, threshold: 0 }

/** Eq. (1), Δ_KS at β = 1, in V². */
export function ksDifference(p: EquationParameters): number {
  return (noiseWatts(p) * p.cableOhms ** 2 * Math.abs(p.highOhms - p.lowOhms)) / sumOhms(p) ** 2
}

function withOffset(p: EquationParameters, factor: number): number {
  const { highOhms: h, lowOhms: l, cableOhms: c, beta } = p
  const alpha = l / h
  return (
    (noiseWatts(p) * h * Math.abs(c * c * (1 - alpha * beta) - factor * alpha * h * c * (beta - 1))) /
    sumOhms(p) ** 2
  )
}

/** Eq. (12) as the paper prints it, in V²: a factor 2 is missing, which is why eq. (13) seems to follow. */
export function ksDifferenceWithOffsetPrinted(p: EquationParameters): number {
  return withOffset(p, 1)
}

/** Eq. (12) mended: |⟨U_cH²⟩ − ⟨U_cL²⟩| for any β, in V². It is R_c times the power difference, sample by sample. */
export function ksDifferenceWithOffset(p: EquationParameters): number {
  return withOffset(p, 2)
}
