import { KljnError } from '../errors.ts'
import { checkRange } from '../range.ts'
import type { Moments } from '../wire/algebraic.ts'

/**
 * Random resistors at random temperatures (RRRT, Kish and Granqvist): both are drawn afresh from ranges for each
 * exchange, on a line without resistance. A party knows its own two numbers and measures; Eve has three equations
 * (⟨U²⟩, ⟨I²⟩, ⟨UI⟩) for four unknowns.
 */
export interface RandomRange {
  lowOhms: number
  highOhms: number
  /** Mean squares of the generators, V². */
  lowVolts2: number
  highVolts2: number
}

export interface Generator {
  ohms: number
  volts2: number
}

/** What Eve can measure on an ideal line; power flows from Alice to Bob. */
export interface WireMoments {
  uu: number
  ui: number
  ii: number
}

export function wireMoments(m: Moments): WireMoments {
  return { uu: m.uaua, ui: m.uai, ii: m.ii }
}

/**
 * Alice's side: her own generator and the wire's moments give Bob's. ⟨U·I⟩ = V_A/S − R_A⟨I²⟩ has S, and ⟨I²⟩ the rest.
 */
export function otherEnd(own: Generator, { ui, ii }: WireMoments): Generator {
  const sum = own.volts2 / (ui + own.ohms * ii)
  return { ohms: sum - own.ohms, volts2: ii * sum * sum - own.volts2 }
}

/** Eve's side: every resistance of Alice's explains the same moments by some generator of Bob's. */
export function explanation(
  aliceOhms: number,
  { uu, ui, ii }: WireMoments,
): { alice: Generator; bob: Generator } {
  const bobOhms = (uu + aliceOhms * ui) / (ui + aliceOhms * ii)
  const sum = aliceOhms + bobOhms
  return {
    alice: { ohms: aliceOhms, volts2: sum * (ui + aliceOhms * ii) },
    bob: { ohms: bobOhms, volts2: sum * (bobOhms * ii - ui) },
  }
}

function inside({ ohms, volts2 }: Generator, range: RandomRange): boolean {
  return (
    ohms >= range.lowOhms && ohms <= range.highOhms && volts2 >= range.lowVolts2 && volts2 <= range.highVolts2
  )
}

/** ln |∂(uu, ui, ii)/∂(ln R_B, ln V_A, ln V_B)| at fixed R_A: how densely the prior fills the moments there. */
function logJacobian(alice: Generator, bob: Generator): number {
  const moments = (x: number, y: number, a: number, b: number) => {
    const s = x + y
    const ii = (a + b) / (s * s)
    return [(a * y * y + b * x * x) / (s * s), (a * y - b * x) / (s * s), ii] as const
  }
  const step = 1e-5
  const base = [bob.ohms, alice.volts2, bob.volts2] as const
  const column = (k: number) => {
    const at = (sign: number) => {
      const v = base.map((value, j) => (j === k ? value * (1 + sign * step) : value)) as [
        number,
        number,
        number,
      ]
      return moments(alice.ohms, v[0], v[1], v[2])
    }
    const up = at(1)
    const down = at(-1)
    return up.map((v, j) => (v - (down[j] as number)) / (2 * step))
  }
  const [p, q, r] = [column(0), column(1), column(2)]
  const minor = (i: number, j: number) =>
    (q[i] as number) * (r[j] as number) - (q[j] as number) * (r[i] as number)
  const determinant =
    (p[0] as number) * minor(1, 2) - (p[1] as number) * minor(0, 2) + (p[2] as number) * minor(0, 1)
  return Math.log(Math.abs(determinant))
}

/**
 * Eve's posterior chance that R_A > R_B from exact moments, resistances and mean squares being drawn uniformly in
 * their logarithms: an integral over all explanations, each weighted by how much of the prior it stands for. The paper
 * counts unknowns; this is what her three equations are worth.
 */
export function chanceAliceHigher(moments: WireMoments, range: RandomRange, steps = 400): number {
  checkRange('lowOhms', range.lowOhms, { unit: 'Ω', moreThan: 0, lessThan: range.highOhms })
  checkRange('lowVolts2', range.lowVolts2, { unit: 'V²', moreThan: 0, lessThan: range.highVolts2 })
  checkRange('steps', steps, { unit: '', min: 10, whole: true })
  const span = Math.log(range.highOhms / range.lowOhms)
  // near the edges of the ranges only a sliver of the curve is inside them: look closer until it is found
  for (let fine = steps; fine <= steps * 1000; fine *= 10) {
    let above = 0
    let all = 0
    for (let k = 0; k < fine; k++) {
      const { alice, bob } = explanation(range.lowOhms * Math.exp(((k + 0.5) / fine) * span), moments)
      if (!inside(alice, range) || !inside(bob, range)) continue
      const weight = Math.exp(-logJacobian(alice, bob))
      all += weight
      if (alice.ohms > bob.ohms) above += weight
    }
    if (all > 0) return above / all
  }
  throw new KljnError(
    'kljn/parameter',
    'no resistances and temperatures inside the ranges explain these moments',
  )
}
