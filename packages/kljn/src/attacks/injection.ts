import { type MeterSigma, residualCovariance } from '../defences/comparison.ts'
import type { GaussianSource } from '../noise/gaussian.ts'
import { checkRange } from '../range.ts'
import { type Complex, conjugate, multiply, norm } from '../wire/complex.ts'
import type { EndHarmonics, HarmonicLoop, Harmonics, SolveState } from '../wire/harmonics.ts'
import { BIT_STATES, type BitState, connected, type Loop } from '../wire/model.ts'
import { type EndTransfer, injectionTransfer } from '../wire/two-port.ts'

/**
 * The injection attack: Eve feeds a current of her own, Gaussian noise over the exchange's band, into the middle of the
 * line, and sees how it divides. More of it flows towards the smaller resistor, so Σ Re((I_A + I_B)·J*) has the sign
 * of R_A − R_B. It leaves I_A and I_B different, which the parties' comparison shows.
 */
export interface Injection {
  /** As `HarmonicLoop.solve`, with the injected current in it; `injected` holds what went in last. */
  readonly solve: SolveState
  readonly injected: Harmonics
}

/** `amperes` is the r.m.s. injected current. Throws KljnError `kljn/parameter`. */
export function injection(
  loop: Loop,
  harmonics: HarmonicLoop,
  amperes: number,
  gaussian: GaussianSource,
): Injection {
  checkRange('amperes', amperes, { unit: 'A', min: 0, max: 1e6 })
  const injected = new Float64Array(harmonics.samples)
  const tables = Object.fromEntries(
    BIT_STATES.map((state) => [state, transfers(loop, harmonics, state)]),
  ) as Record<BitState, EndTransfer[]>
  return {
    injected,
    solve(state, alice, bob, out) {
      harmonics.solve(state, alice, bob, out)
      gaussian.fill(injected)
      for (let i = 0; i < injected.length; i++) injected[i] = ((injected[i] as number) * amperes) / Math.SQRT2
      tables[state].forEach((transfer, k) => {
        const j = { re: injected[2 * k] as number, im: injected[2 * k + 1] as number }
        for (const name of ['voltageA', 'currentA', 'voltageB', 'currentB'] as const) {
          const extra = multiply(transfer[name], j)
          const signal = out[name]
          signal[2 * k] = (signal[2 * k] as number) + extra.re
          signal[2 * k + 1] = (signal[2 * k + 1] as number) + extra.im
        }
      })
    },
  }
}

function transfers(loop: Loop, harmonics: HarmonicLoop, state: BitState): EndTransfer[] {
  const { alice, bob } = connected(loop, state)
  return Array.from(harmonics.hertz, (f) =>
    injectionTransfer(loop.line, f, alice.resistanceOhms, bob.resistanceOhms),
  )
}

/** Eve's statistic: positive speaks for R_A > R_B, the state HL. */
export function injectionStatistic({ currentA, currentB }: EndHarmonics, injected: Harmonics): number {
  let sum = 0
  for (let i = 0; i < injected.length; i++)
    sum += ((currentA[i] as number) + (currentB[i] as number)) * (injected[i] as number)
  return sum
}

/**
 * By how much the injection multiplies the residuals' variance, at each harmonic, in the direction in which it shows:
 * 1 + s†C⁻¹s, with s what one r.m.s. current leaves of the residuals and C the meters' noise. The χ² of the comparison
 * is then Σ excess·χ²₂ + χ²₂: its chance to raise the alarm has a closed form.
 */
export function injectionExcess(
  loop: Loop,
  harmonics: HarmonicLoop,
  meters: MeterSigma,
  state: BitState,
  amperes: number,
): Float64Array {
  const ends = transfers(loop, harmonics, state)
  return Float64Array.from(harmonics.line, (line, k) => {
    const { voltageA, currentA, voltageB, currentB } = ends[k] as EndTransfer
    const u = minus(voltageA, multiply(line.a, voltageB), multiply(line.b, currentB))
    const i = minus(currentA, multiply(line.c, voltageB), multiply(line.d, currentB))
    const { voltage, current, cross } = residualCovariance(line, meters)
    const crossed = multiply(multiply(conjugate(u), cross), i).re
    const determinant = voltage * current - norm(cross)
    return 1 + (amperes ** 2 * (current * norm(u) + voltage * norm(i) - 2 * crossed)) / determinant
  })
}

function minus(a: Complex, b: Complex, c: Complex): Complex {
  return { re: a.re - b.re - c.re, im: a.im - b.im - c.im }
}
