import type { LoopState, Moments } from '../wire/algebraic.ts'
import { quadraticFormAbove } from './quadratic-form.ts'
import type { Readings } from './readings.ts'
import { symmetricEigenvalues } from './symmetric-eigenvalues.ts'

/**
 * A decision from second moments: true when Σ coefficient · mean product is above the threshold. Eve's attacks on
 * Gaussian noise and the parties' own decisions are all of this form. Coefficients that are left out are 0.
 */
export interface Rule extends Partial<Moments> {
  threshold: number
}

/** What the rule compares with its threshold. */
export function ruleValue(rule: Rule, m: Moments): number {
  return (
    (rule.uaua ?? 0) * m.uaua +
    (rule.ubub ?? 0) * m.ubub +
    (rule.uaub ?? 0) * m.uaub +
    (rule.uai ?? 0) * m.uai +
    (rule.ubi ?? 0) * m.ubi +
    (rule.ii ?? 0) * m.ii
  )
}

/** The rule's symmetric matrix over (U_A, U_B, I). */
function ruleMatrix(rule: Rule): number[][] {
  const { uaua = 0, ubub = 0, uaub = 0, uai = 0, ubi = 0, ii = 0 } = rule
  return [
    [uaua, uaub / 2, uai / 2],
    [uaub / 2, ubub, ubi / 2],
    [uai / 2, ubi / 2, ii],
  ]
}

/** The chance that the rule says yes after N independent samples: the distribution of a quadratic form, exactly. */
export function ruleChance(rule: Rule, rows: Readings, samples: number): number {
  const q = ruleMatrix(rule)
  const sources = rows[0].length
  const form = Array.from({ length: sources }, (_, j) =>
    Array.from({ length: sources }, (_, k) => {
      let sum = 0
      for (let x = 0; x < 3; x++)
        for (let y = 0; y < 3; y++)
          sum +=
            ((rows[x] as readonly number[])[j] as number) *
            ((q[x] as number[])[y] as number) *
            ((rows[y] as readonly number[])[k] as number)
      return sum
    }),
  )
  const scale = Math.max(...form.flat().map(Math.abs))
  if (scale === 0) return rule.threshold < 0 ? 1 : 0
  const eigenvalues = symmetricEigenvalues(form.map((row) => row.map((v) => v / scale)))
  return quadraticFormAbove(
    eigenvalues.filter((weight) => Math.abs(weight) > 1e-12).map((weight) => ({ weight, degrees: samples })),
    (rule.threshold * samples) / scale,
  )
}

/** The rule over Σe_A², Σe_A·e_B, Σe_B² of a cold line: what a loop over many bits evaluates. */
export function ruleOverGenerators(rule: Rule, state: LoopState): readonly [number, number, number] {
  const { aliceOhms: ra, bobOhms: rb, totalOhms: s } = state
  const q = ruleMatrix(rule)
  const rows = [
    [1 - ra / s, ra / s],
    [rb / s, 1 - rb / s],
    [1 / s, -1 / s],
  ] as const
  let aa = 0
  let ab = 0
  let bb = 0
  for (let x = 0; x < 3; x++)
    for (let y = 0; y < 3; y++) {
      const weight = (q[x] as number[])[y] as number
      const [xa, xb] = rows[x] as readonly [number, number]
      const [ya, yb] = rows[y] as readonly [number, number]
      aa += weight * xa * ya
      ab += weight * (xa * yb + xb * ya)
      bb += weight * xb * yb
    }
  return [aa, ab, bb]
}
