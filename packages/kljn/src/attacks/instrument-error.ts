import { readings } from '../exchange/readings.ts'
import { type Rule, ruleChance } from '../exchange/rule.ts'
import { loopState } from '../wire/algebraic.ts'
import type { Instrument, Loop } from '../wire/model.ts'

/**
 * Eve's chance with a rule that is true for HL, read by her instruments, over N independent samples: exact, by the
 * distribution of a quadratic form.
 *
 * For ideal instruments the Second-Law attack, the BSY attack and the likelihood ratio are one test, because
 * U_cA − U_cB = R_c·I sample by sample. What differs is what bad instruments do to them: BSY takes the difference of
 * two large mean squares.
 */
export function chanceWithInstrument(
  loop: Loop,
  rule: Rule,
  instrument: Instrument,
  samples: number,
): number {
  const high = ruleChance(rule, readings(loopState(loop, 'HL'), instrument), samples)
  const low = ruleChance(rule, readings(loopState(loop, 'LH'), instrument), samples)
  return (high + 1 - low) / 2
}
