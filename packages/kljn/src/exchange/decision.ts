import { checkRange } from '../range.ts'
import { chiSquareAbove, chiSquareBelow } from '../special-functions.ts'
import { expectedMoments, loopState, type Moments } from '../wire/algebraic.ts'
import type { BitState, BitValue, Loop } from '../wire/model.ts'
import type { Rule } from './rule.ts'
import { distinguish } from './two-gaussians.ts'

/**
 * How a party finds out what the other has connected.
 * - `voltage`, `current`: from one mean square (Saez and Kish 2013).
 * - `best-of-both`: from the one that tells more, which depends on the party's own resistor (Saez et al. 2014).
 * - `own-noise`: likelihood ratio of voltage and current together. Knowing both is knowing one's own noise, so this is
 *   the decision of the "intelligent" scheme (Kish 2013).
 */
export type DecisionMode = 'voltage' | 'current' | 'best-of-both' | 'own-noise'
export const DECISION_MODES: readonly DecisionMode[] = ['voltage', 'current', 'best-of-both', 'own-noise']

export type PartyName = 'alice' | 'bob'

export interface Decision {
  /** True means: the other party has R_H. Over the party's own end only. */
  rule: Rule
  /** Chance of deciding H when the other party has L, and the reverse, after N samples. */
  wrongIfLow: number
  wrongIfHigh: number
  /** Their mean. */
  wrong: number
}

interface Seen {
  uu: number
  ui: number
  ii: number
}

function seen(party: PartyName, m: Moments): Seen {
  return party === 'alice' ? { uu: m.uaua, ui: m.uai, ii: m.ii } : { uu: m.ubub, ui: m.ubi, ii: m.ii }
}

function ruleOf(party: PartyName, { uu, ui, ii }: Seen, threshold: number): Rule {
  return party === 'alice' ? { uaua: uu, uai: ui, ii, threshold } : { ubub: uu, ubi: ui, ii, threshold }
}

/** Tells two variances apart: the likelihood ratio of one mean square, whose errors are tails of χ². */
function varianceTest(low: number, high: number, samples: number) {
  const threshold = Math.log(high / low) / (1 / low - 1 / high)
  const [smaller, larger] = low < high ? [low, high] : [high, low]
  const smallerWrong = chiSquareAbove((samples * threshold) / smaller, samples)
  const largerWrong = chiSquareBelow((samples * threshold) / larger, samples)
  return low < high
    ? { threshold, sign: 1, wrongIfLow: smallerWrong, wrongIfHigh: largerWrong }
    : { threshold: -threshold, sign: -1, wrongIfLow: largerWrong, wrongIfHigh: smallerWrong }
}

function single(party: PartyName, which: 'uu' | 'ii', low: Seen, high: Seen, samples: number): Decision {
  if (low[which] === high[which])
    return { rule: ruleOf(party, { uu: 0, ui: 0, ii: 0 }, 0), wrongIfLow: 0, wrongIfHigh: 1, wrong: 0.5 }
  const { threshold, sign, wrongIfLow, wrongIfHigh } = varianceTest(low[which], high[which], samples)
  const rule = ruleOf(party, { uu: 0, ui: 0, ii: 0, [which]: sign }, threshold)
  return { rule, wrongIfLow, wrongIfHigh, wrong: (wrongIfLow + wrongIfHigh) / 2 }
}

function ownNoise(party: PartyName, low: Seen, high: Seen, samples: number): Decision {
  const determinant = (s: Seen) => s.uu * s.ii - s.ui * s.ui
  const [dl, dh] = [determinant(low), determinant(high)]
  // ln p_H − ln p_L = ½·N·[ mean of x'(Σ_L⁻¹ − Σ_H⁻¹)x − ln(det Σ_H / det Σ_L) ]
  const rule = ruleOf(
    party,
    {
      uu: low.ii / dl - high.ii / dh,
      ui: -2 * (low.ui / dl - high.ui / dh),
      ii: low.uu / dl - high.uu / dh,
    },
    Math.log(dh / dl),
  )
  const matrix = (s: Seen) => [
    [s.uu, s.ui],
    [s.ui, s.ii],
  ]
  const { rightIfFirst, rightIfSecond, right } = distinguish(matrix(low), matrix(high), samples)
  return { rule, wrongIfLow: 1 - rightIfFirst, wrongIfHigh: 1 - rightIfSecond, wrong: 1 - right }
}

/**
 * The decision of a party that has connected `own`, with its errors in closed form: tails of χ², for `own-noise` of a
 * weighted sum of two (absolute error about 1e-11). N = 2BT independent samples.
 */
export function partyDecision(
  loop: Loop,
  party: PartyName,
  own: BitValue,
  mode: DecisionMode,
  samples: number,
): Decision {
  checkRange('samples', samples, { unit: '', min: 2, whole: true })
  const state = (other: BitValue): BitState => (party === 'alice' ? `${own}${other}` : `${other}${own}`)
  const low = seen(party, expectedMoments(loopState(loop, state('L'))))
  const high = seen(party, expectedMoments(loopState(loop, state('H'))))
  switch (mode) {
    case 'voltage':
      return single(party, 'uu', low, high, samples)
    case 'current':
      return single(party, 'ii', low, high, samples)
    case 'best-of-both': {
      const voltage = single(party, 'uu', low, high, samples)
      const current = single(party, 'ii', low, high, samples)
      return voltage.wrong < current.wrong ? voltage : current
    }
    case 'own-noise':
      return ownNoise(party, low, high, samples)
    default:
      return mode satisfies never
  }
}
