import { KljnError } from '../errors.ts'
import { type DecisionMode, partyDecision } from '../exchange/decision.ts'
import { checkRange } from '../range.ts'
import type { Loop } from '../wire/model.ts'

/**
 * The "intelligent" scheme (iKLJN): a party knows its own noise and uses it, so a bit needs fewer samples, and Eve,
 * who does not, gets fewer. This finds how few: the smallest N at which all of a party's decisions are wrong with at
 * most that chance.
 */
export function samplesFor(loop: Loop, mode: DecisionMode, errorAtMost: number): number {
  checkRange('errorAtMost', errorAtMost, { unit: '', min: 1e-9, max: 0.5 })
  const wrong = (samples: number) =>
    Math.max(
      ...(['alice', 'bob'] as const).flatMap((party) =>
        (['L', 'H'] as const).map((own) => partyDecision(loop, party, own, mode, samples).wrong),
      ),
    )
  let high = 4
  while (wrong(high) > errorAtMost) {
    high *= 2
    if (high > 2 ** 24)
      throw new KljnError(
        'kljn/parameter',
        `errorAtMost ${errorAtMost} is not reached by mode ${mode} within ${2 ** 24} samples; the resistors are too alike`,
      )
  }
  let low = high / 2
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (wrong(middle) > errorAtMost) low = middle
    else high = middle
  }
  return high
}
