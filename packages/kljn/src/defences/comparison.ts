import { KljnError } from '../errors.ts'
import { quadraticFormAbove } from '../exchange/quadratic-form.ts'
import { checkRange } from '../range.ts'
import { chiSquareAbove } from '../special-functions.ts'
import { type Complex, norm } from '../wire/complex.ts'
import type { EndHarmonics, HarmonicLoop } from '../wire/harmonics.ts'
import type { TwoPort } from '../wire/two-port.ts'

/**
 * Active detection: the parties tell each other in public what their instruments read, and check that one end follows
 * from the other as the line demands. On a line with resistance only the residuals are U_A − U_B − R_c·I and I_A − I_B
 * (the paper, Figure 1); on a real cable U_A − (a·U_B + b·I_B) and I_A − (c·U_B + d·I_B), frequency by frequency.
 * Somebody who feeds a current into the line, or stands between two halves of it, cannot leave both at zero.
 */

/** R.m.s. errors of the meters at either end, per complex amplitude, in V and A. */
export interface MeterSigma {
  readonly volts: number
  readonly amperes: number
}

/** [[voltage, cross], [cross*, current]]: the residuals' covariance when nobody interferes, by the meters' noise. */
export interface ResidualCovariance {
  readonly voltage: number
  readonly current: number
  readonly cross: Complex
}

/** Noise of both ends' meters, with Bob's carried along the line. */
export function residualCovariance({ a, b, c, d }: TwoPort, meters: MeterSigma): ResidualCovariance {
  const uu = meters.volts ** 2
  const ii = meters.amperes ** 2
  return {
    voltage: uu * (1 + norm(a)) + ii * norm(b),
    current: ii * (1 + norm(d)) + uu * norm(c),
    cross: {
      re: uu * (a.re * c.re + a.im * c.im) + ii * (b.re * d.re + b.im * d.im),
      im: uu * (a.im * c.re - a.re * c.im) + ii * (b.im * d.re - b.re * d.im),
    },
  }
}

export interface Comparison {
  /** Degrees of freedom that a bit period adds to χ². */
  readonly degreesPerBit: number
  /** χ² of one bit period. */
  chiSquare(ends: EndHarmonics): number
}

/** Throws KljnError `kljn/parameter` unless both meters have some noise: perfect meters need no statistics. */
export function comparison(harmonics: HarmonicLoop, meters: MeterSigma): Comparison {
  const range = (unit: string) => ({ unit, moreThan: 0, max: 1e12 })
  checkRange('meters.volts', meters.volts, range('V'))
  checkRange('meters.amperes', meters.amperes, range('A'))
  const bins = harmonics.line.map((line) => {
    const covariance = residualCovariance(line, meters)
    const determinant = covariance.voltage * covariance.current - norm(covariance.cross)
    return { ...covariance, line, determinant }
  })
  return {
    degreesPerBit: 4 * bins.length,
    chiSquare({ voltageA, currentA, voltageB, currentB }) {
      let sum = 0
      for (let k = 0; k < bins.length; k++) {
        const { line, voltage, current, cross, determinant } = bins[k] as (typeof bins)[number]
        const re = 2 * k
        const im = 2 * k + 1
        const ub = { re: voltageB[re] as number, im: voltageB[im] as number }
        const ib = { re: currentB[re] as number, im: currentB[im] as number }
        const uRe = (voltageA[re] as number) - real(line.a, ub) - real(line.b, ib)
        const uIm = (voltageA[im] as number) - imaginary(line.a, ub) - imaginary(line.b, ib)
        const iRe = (currentA[re] as number) - real(line.c, ub) - real(line.d, ib)
        const iIm = (currentA[im] as number) - imaginary(line.c, ub) - imaginary(line.d, ib)
        const crossed = cross.re * (uRe * iRe + uIm * iIm) + cross.im * (uIm * iRe - uRe * iIm)
        sum +=
          (2 * (current * (uRe * uRe + uIm * uIm) + voltage * (iRe * iRe + iIm * iIm) - 2 * crossed)) /
          determinant
      }
      return sum
    },
  }
}

function real(x: Complex, y: Complex): number {
  return x.re * y.re - x.im * y.im
}
function imaginary(x: Complex, y: Complex): number {
  return x.re * y.im + x.im * y.re
}

/** χ² with `degrees` of freedom exceeds this with chance `falseAlarm`. By bisection. */
export function alarmThreshold(degrees: number, falseAlarm: number): number {
  checkRange('degrees', degrees, { unit: '', min: 1, whole: true })
  checkRange('falseAlarm', falseAlarm, { unit: '', moreThan: 0, lessThan: 1 })
  let low = 0
  let high = degrees + 10
  while (chiSquareAbove(high, degrees) > falseAlarm) high *= 2
  for (let i = 0; i < 200 && high - low > 1e-12 * high; i++) {
    const middle = (low + high) / 2
    if (chiSquareAbove(middle, degrees) > falseAlarm) low = middle
    else high = middle
  }
  return high
}

/** Throws KljnError `kljn/alarm` where χ² is larger than chance allows. */
export function raiseAlarm(chiSquare: number, degrees: number, falseAlarm: number): void {
  if (chiSquare > alarmThreshold(degrees, falseAlarm))
    throw new KljnError(
      'kljn/alarm',
      `the two ends of the line contradict each other: χ² is ${chiSquare.toPrecision(4)} with ${degrees} degrees of freedom (chance of a false alarm ${falseAlarm}); somebody interferes, or an instrument is broken. No key was made`,
    )
}

/**
 * The chance that one χ² over `bits` bit periods raises the alarm, when an intruder multiplies the residuals' variance
 * by `excess[k]` in one direction at harmonic k: the tail of Σ excess·χ² + χ², in closed form (Davies 1973).
 */
export function alarmChance(excess: Float64Array, bits: number, falseAlarm: number): number {
  checkRange('bits', bits, { unit: 'bit', min: 1, whole: true })
  const terms = Array.from(excess, (weight) => ({ weight, degrees: 2 * bits }))
  terms.push({ weight: 1, degrees: 2 * bits * excess.length })
  return quadraticFormAbove(terms, alarmThreshold(4 * bits * excess.length, falseAlarm))
}
