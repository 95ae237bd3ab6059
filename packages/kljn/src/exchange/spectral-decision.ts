import { endCovariance, type Hermitian } from '../attacks/spectral-likelihood.ts'
import { type Complex, norm } from '../wire/complex.ts'
import { johnsonVoltsSquared } from '../wire/constants.ts'
import type { HarmonicLoop, Harmonics } from '../wire/harmonics.ts'
import { type BitState, type BitValue, connected, type Loop } from '../wire/model.ts'

/**
 * How a party tells which resistor the other one holds, on any line. `levels` looks at voltage and current alone (the
 * original scheme, with the best use of both); `own-noise` also subtracts what its own generator put there.
 */
export type SpectralDecision = 'levels' | 'own-noise'

/** The log-likelihood ratio of "the other holds R_H" against "R_L", from one bit period. */
export type Decide = (voltage: Harmonics, current: Harmonics, ownNoise: Harmonics) => number

/** Prepares one party's decision: `who` holds `own` and reads its own end. */
export function spectralDecision(
  loop: Loop,
  harmonics: HarmonicLoop,
  who: 'alice' | 'bob',
  own: BitValue,
  kind: SpectralDecision,
): Decide {
  const state = (other: BitValue) => (who === 'alice' ? own + other : other + own) as BitState
  return kind === 'levels'
    ? levels(loop, harmonics, who, state('H'), state('L'))
    : ownNoise(loop, harmonics, who, state('H'), state('L'))
}

/** ln det Σ + z†Σ⁻¹z for z = (U, √(R_L·R_H)·I) at Alice's end: minus the log-likelihood. */
interface Quadratic {
  uu: number
  ii: number
  crossRe: number
  crossIm: number
  logDeterminant: number
}

function quadratic({ first, second, cross }: Hermitian): Quadratic {
  const determinant = first * second - norm(cross)
  return {
    uu: second / determinant,
    ii: first / determinant,
    crossRe: -cross.re / determinant,
    crossIm: -cross.im / determinant,
    logDeterminant: Math.log(determinant),
  }
}

/**
 * The ratio of two Gaussian likelihoods of what Alice's end shows: ln p(z | zero) − ln p(z | one), with the terms of
 * each state given. Used by Alice, by Eve, and by Bob on the mirrored loop.
 */
export function covarianceRatio(
  zero: readonly Hermitian[],
  one: readonly Hermitian[],
  scaleOhms: number,
): (voltage: Harmonics, current: Harmonics) => number {
  const terms = zero.map((hermitian, k) => {
    const a = quadratic(hermitian)
    const b = quadratic(one[k] as Hermitian)
    return {
      uu: b.uu - a.uu,
      ii: (b.ii - a.ii) * scaleOhms ** 2,
      re: 2 * (b.crossRe - a.crossRe) * scaleOhms,
      im: 2 * (b.crossIm - a.crossIm) * scaleOhms,
      constant: b.logDeterminant - a.logDeterminant,
    }
  })
  return (voltage, current) => {
    let sum = 0
    for (let k = 0; k < terms.length; k++) {
      const { uu, ii, re, im, constant } = terms[k] as (typeof terms)[number]
      const uRe = voltage[2 * k] as number
      const uIm = voltage[2 * k + 1] as number
      const iRe = current[2 * k] as number
      const iIm = current[2 * k + 1] as number
      // z†Mz with M = Σ⁻¹: the cross term is 2·Re(conj(U)·M_ui·I) = 2·(M_re·Re(U I*) + M_im·Im(U I*))
      sum +=
        constant +
        uu * (uRe * uRe + uIm * uIm) +
        ii * (iRe * iRe + iIm * iIm) +
        re * (uRe * iRe + uIm * iIm) +
        im * (uIm * iRe - uRe * iIm)
    }
    return sum
  }
}

/** The middle of R_L and R_H, which brings currents to the size of voltages: the scale of `endCovariance`. */
export function scaleOhmsOf(loop: Loop): number {
  return Math.sqrt(loop.alice.low.resistanceOhms * loop.alice.high.resistanceOhms)
}

function levels(
  loop: Loop,
  harmonics: HarmonicLoop,
  who: 'alice' | 'bob',
  high: BitState,
  low: BitState,
): Decide {
  const covariances = (state: BitState) => harmonics.line.map((line) => endCovariance(loop, state, line, who))
  const ratio = covarianceRatio(covariances(high), covariances(low), scaleOhmsOf(loop))
  return (voltage, current) => ratio(voltage, current)
}

/** Knowing e and R of one's own, U follows from I; and I is Gaussian about Y·e with the other generator's variance. */
function ownNoise(
  loop: Loop,
  harmonics: HarmonicLoop,
  who: 'alice' | 'bob',
  high: BitState,
  low: BitState,
): Decide {
  const other = who === 'alice' ? 'bob' : 'alice'
  const current = who === 'alice' ? 'currentA' : 'currentB'
  const model = (state: BitState) => {
    const { resistanceOhms, temperatureKelvin } = connected(loop, state)[other]
    const power = johnsonVoltsSquared(temperatureKelvin, resistanceOhms, loop.bandwidthHertz)
    return harmonics.transfer[state].map((t): { own: Complex; variance: number } => ({
      own: t[who][current],
      variance: power * norm(t[other][current]),
    }))
  }
  const ifHigh = model(high)
  const ifLow = model(low)
  return (_voltage, measured, noise) => {
    let sum = 0
    for (let k = 0; k < ifHigh.length; k++) {
      const eRe = noise[2 * k] as number
      const eIm = noise[2 * k + 1] as number
      for (const [sign, models] of [
        [1, ifHigh],
        [-1, ifLow],
      ] as const) {
        const { own, variance } = models[k] as { own: Complex; variance: number }
        const re = (measured[2 * k] as number) - (own.re * eRe - own.im * eIm)
        const im = (measured[2 * k + 1] as number) - (own.re * eIm + own.im * eRe)
        sum -= sign * ((re * re + im * im) / variance + Math.log(variance))
      }
    }
    return sum
  }
}
