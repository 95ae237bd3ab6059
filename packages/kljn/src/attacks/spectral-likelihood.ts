import { KljnError } from '../errors.ts'
import { checkRange } from '../range.ts'
import { type Complex, conjugate, multiply, norm } from '../wire/complex.ts'
import { johnsonVoltsSquared } from '../wire/constants.ts'
import { type BitState, checkLoop, connected, type Loop, type Resistor } from '../wire/model.ts'
import { solveLoop, type TwoPort, telegrapher } from '../wire/two-port.ts'

/**
 * The test that no passive attack on stationary signals can beat (Neyman and Pearson). In the steady state the noises
 * are Gaussian, so at every frequency all that Eve can measure anywhere on the line follows from two complex numbers
 * (U and I at one end; the line's equations give the rest), and all that tells LH from HL is their 2×2 Hermitian
 * covariance. Eve is given perfect instruments, the line's parameters and the generators' spectra.
 */

/** [[first, cross], [cross*, second]]: the covariance of two complex amplitudes. */
export interface Hermitian {
  readonly first: number
  readonly second: number
  readonly cross: Complex
}

/** The covariance of (U, √(R_L·R_H)·I) at one end and one frequency, in V². */
export function endCovariance(
  loop: Loop,
  state: BitState,
  line: TwoPort,
  who: 'alice' | 'bob' = 'alice',
): Hermitian {
  const { alice, bob } = connected(loop, state)
  const transfer = solveLoop(line, alice.resistanceOhms, bob.resistanceOhms)
  const scaleOhms = Math.sqrt(loop.alice.low.resistanceOhms * loop.alice.high.resistanceOhms)
  const variance = (r: Resistor) =>
    johnsonVoltsSquared(r.temperatureKelvin, r.resistanceOhms, loop.bandwidthHertz)
  const sources = [
    { power: variance(alice), end: transfer.alice },
    { power: variance(bob), end: transfer.bob },
  ]
  const [voltage, current] =
    who === 'alice' ? (['voltageA', 'currentA'] as const) : (['voltageB', 'currentB'] as const)
  let first = 0
  let second = 0
  let re = 0
  let im = 0
  for (const { power, end } of sources) {
    first += power * norm(end[voltage])
    second += power * norm(end[current]) * scaleOhms ** 2
    const cross = multiply(end[voltage], conjugate(end[current]))
    re += power * cross.re * scaleOhms
    im += power * cross.im * scaleOhms
  }
  return { first, second, cross: { re, im } }
}

/** The mean square of U at Alice's end that one frequency would give if the whole band were there, in V². */
export function spectrum(loop: Loop, state: BitState, hertz: number): number {
  return endCovariance(loop, state, telegrapher(loop.line, hertz)).first
}

/** How two covariances differ: the eigenvalues of Σ₁⁻¹Σ₀, less one. Both zero: no test tells them apart. */
export interface Contrast {
  readonly larger: number
  readonly smaller: number
}

/** Throws KljnError `kljn/parameter` where Σ₁ is singular. */
export function contrast(zero: Hermitian, one: Hermitian): Contrast {
  const determinant = one.first * one.second - norm(one.cross)
  if (!(determinant > 0))
    throw new KljnError('kljn/parameter', 'a covariance is singular: two quantities carry the same noise')
  // From the difference Σ₀ − Σ₁, so that a small contrast keeps its digits.
  const first = zero.first - one.first
  const second = zero.second - one.second
  const cross = { re: zero.cross.re - one.cross.re, im: zero.cross.im - one.cross.im }
  const half =
    (one.second * first + one.first * second - 2 * (one.cross.re * cross.re + one.cross.im * cross.im)) /
    (2 * determinant)
  const product = (first * second - norm(cross)) / determinant
  const root = Math.sqrt(Math.max(0, half * half - product))
  const big = half >= 0 ? half + root : half - root
  const other = big === 0 ? 0 : product / big
  return big >= other ? { larger: big, smaller: other } : { larger: other, smaller: big }
}

/**
 * |ρ| of a contrast: the correlation that would be tested. For parties with the same pair of resistors the eigenvalues
 * are λ and 1/λ, and |ρ| = (λ − 1)/(λ + 1) is exactly the spec's.
 */
export function correlationOf({ larger, smaller }: Contrast): number {
  const kappa = Math.max(0, -larger * smaller)
  return Math.sqrt(kappa / (kappa + 4))
}

/** The contrast between LH and HL at one frequency. */
export function spectralContrast(loop: Loop, hertz: number, line = telegrapher(loop.line, hertz)): Contrast {
  return contrast(endCovariance(loop, 'HL', line), endCovariance(loop, 'LH', line))
}

/** |ρ(f)|. The line's own noise must be negligible (line.temperatureKelvin 0): else U and I at one end are not all. */
export function spectralCorrelation(loop: Loop, hertz: number): number {
  return correlationOf(spectralContrast(loop, hertz))
}

/** What the optimal test yields. */
export interface OptimalTest {
  /** Eve's chance of naming the bit. */
  readonly guess: number
  /** I(bit; Eve), in bits: of the likelihood ratio itself, so more than 1 − h(guess). */
  readonly informationBits: number
}

/**
 * The optimal test on independent complex amplitudes, one contrast each, with equal priors. Exact: with
 * ψ(t) = E₀[exp((it − ½)·L)], a product over the amplitudes, Parseval's theorem turns both figures into one integral,
 *
 *   error       = 1/(2π)   ∫₀^∞ Re ψ(t) / (t² + ¼) dt,
 *   H(bit | L)  = 1/(2 ln 2) ∫₀^∞ Re ψ(t) / ((t² + ¼) cosh πt) dt,
 *
 * both 1/2 and 1 for ψ = 1. `weights[i]` repeats amplitude i.
 */
export function optimalTest(contrasts: readonly Contrast[], weights?: readonly number[]): OptimalTest {
  const psi = characteristic(contrasts, weights)
  // t = ½ sinh x turns the first into ∫ ψ / cosh x dx, smooth at any size of ρ. Both integrands are analytic near the
  // real line, where the midpoint rule converges exponentially: a doubling that changes nothing has converged.
  const error = refine(128, (n) => {
    const end = 38 // cosh 38 > 1e16
    let sum = 0
    for (let i = 0; i < n; i++) {
      const x = ((i + 0.5) * end) / n
      sum += psi(0.5 * Math.sinh(x)) / Math.cosh(x)
    }
    return (sum * end) / (n * Math.PI)
  })
  const entropy = refine(128, (n) => {
    const end = 12 // cosh 12π > 1e16
    let sum = 0
    for (let i = 0; i < n; i++) {
      const t = ((i + 0.5) * end) / n
      sum += psi(t) / ((t * t + 0.25) * Math.cosh(Math.PI * t))
    }
    return (sum * end) / (n * 2 * Math.LN2)
  })
  return {
    guess: Math.min(1, Math.max(0.5, 1 - error)),
    informationBits: Math.min(1, Math.max(0, 1 - entropy)),
  }
}

function refine(start: number, rule: (n: number) => number): number {
  let last = rule(start)
  for (let n = 2 * start; n <= 2 ** 20; n *= 2) {
    const next = rule(n)
    if (Math.abs(next - last) < 1e-12) return next
    last = next
  }
  return last
}

/** Re ψ(t). An eigenvalue λ = 1 + μ gives √λ·exp(−it·ln λ) / ((1 + λ)/2 + it(1 − λ)). */
function characteristic(
  contrasts: readonly Contrast[],
  weights: readonly number[] | undefined,
): (t: number) => number {
  const symmetric = contrasts.every(
    ({ larger, smaller }) => Math.abs((1 + larger) * (1 + smaller) - 1) <= 1e-9 * (larger - smaller) + 1e-13,
  )
  if (symmetric && weights === undefined) {
    // λ and 1/λ: the product is real, (1 − ρ²)/(1 + 4ρ²t²)
    const squares = Float64Array.from(contrasts, (c) => correlationOf(c) ** 2)
    return (t) => {
      const u = 4 * t * t
      let product = 1
      for (let i = 0; i < squares.length && product > 1e-300; i++) {
        const square = squares[i] as number
        product *= (1 - square) / (1 + square * u)
      }
      return product
    }
  }
  return (t) => {
    let logModulus = 0
    let phase = 0
    for (let i = 0; i < contrasts.length; i++) {
      const { larger, smaller } = contrasts[i] as Contrast
      const weight = weights?.[i] ?? 1
      for (const mu of [larger, smaller]) {
        const re = 1 + mu / 2
        const im = -t * mu
        const log = Math.log1p(mu)
        logModulus += weight * (log / 2 - Math.log(Math.hypot(re, im)))
        phase -= weight * (t * log + Math.atan2(im, re))
      }
    }
    return Math.exp(logModulus) * Math.cos(phase)
  }
}

/**
 * The optimal passive attack on one bit of `samples` = 2BT samples: the samples/2 harmonics of 1/T up to B.
 * Throws KljnError `kljn/parameter`.
 */
export function optimalCableAttack(loop: Loop, samples: number): OptimalTest {
  checkLoop(loop)
  checkRange('samples', samples, { unit: '', min: 2, max: 2 ** 24, whole: true })
  if (loop.line.temperatureKelvin > 0)
    throw new KljnError(
      'kljn/parameter',
      'line.temperatureKelvin must be 0 K here: a noisy line gives Eve more than two quantities a frequency',
    )
  const bins = Math.floor(samples / 2)
  const contrasts = Array.from({ length: bins }, (_, k) =>
    spectralContrast(loop, ((k + 1) * loop.bandwidthHertz) / bins),
  )
  return optimalTest(contrasts)
}
