import type { Rule } from '../exchange/rule.ts'
import { expectedMoments, loopState } from '../wire/algebraic.ts'
import { BOLTZMANN_JOULES_PER_KELVIN } from '../wire/constants.ts'
import { checkLoop, type Loop } from '../wire/model.ts'

/** Hao (2006): Alice's and Bob's temperatures are never quite equal, and then HL and LH differ on an ideal line. */
export interface TemperatureMismatch {
  highOhms: number
  lowOhms: number
  aliceKelvin: number
  bobKelvin: number
  bandwidthHertz: number
}

const factor = (p: TemperatureMismatch) =>
  (4 *
    BOLTZMANN_JOULES_PER_KELVIN *
    p.bandwidthHertz *
    (p.highOhms - p.lowOhms) *
    (p.aliceKelvin - p.bobKelvin)) /
  (p.highOhms + p.lowOhms) ** 2

/** ⟨U²⟩ in HL less ⟨U²⟩ in LH, in V², on a line without resistance. */
export function haoVoltageDifference(p: TemperatureMismatch): number {
  return -p.highOhms * p.lowOhms * factor(p)
}

/** ⟨I²⟩ in HL less ⟨I²⟩ in LH, in A². */
export function haoCurrentDifference(p: TemperatureMismatch): number {
  return factor(p)
}

/** The loop with both of a party's resistors at the party's temperature. */
export function withTemperatures(loop: Loop, aliceKelvin: number, bobKelvin: number): Loop {
  const at = (party: Loop['alice'], temperatureKelvin: number) => ({
    ...party,
    low: { ...party.low, temperatureKelvin },
    high: { ...party.high, temperatureKelvin },
  })
  return checkLoop({ ...loop, alice: at(loop.alice, aliceKelvin), bob: at(loop.bob, bobKelvin) })
}

/** Hao's decision from one mean square, halfway between its two expectations; true means HL. */
export function haoRule(loop: Loop, quantity: 'voltage' | 'current'): Rule {
  const key = quantity === 'voltage' ? 'uaua' : 'ii'
  const hl = expectedMoments(loopState(loop, 'HL'))[key]
  const lh = expectedMoments(loopState(loop, 'LH'))[key]
  const sign = hl > lh ? 1 : -1
  return { [key]: sign, threshold: (sign * (hl + lh)) / 2 }
}
