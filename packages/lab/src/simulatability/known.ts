import { formatVerdict, type Verdict as Known } from '@warren/reactive'
import type { Verdict } from '../scenario.ts'

/** What a claim says when its statement is exactly what the engine judged. */
export function asVerdict(known: Known, expected: string): Verdict {
  return {
    verdict: known.known === 'unknown' ? 'inconclusive' : known.holds ? 'holds' : 'fails',
    measured: formatVerdict(known),
    expected,
  }
}

/** A claim that is a plain yes or no. */
export function whether(holds: boolean, measured: string, expected: string): Verdict {
  return { verdict: holds ? 'holds' : 'fails', measured, expected }
}

/** What a claim says when its statement is that the judged one does not hold. */
export function asRefuted(known: Known, expected: string): Verdict {
  const { verdict, measured } = asVerdict(known, expected)
  return {
    verdict: verdict === 'holds' ? 'fails' : verdict === 'fails' ? 'holds' : verdict,
    measured,
    expected,
  }
}
