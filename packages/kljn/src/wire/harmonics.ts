import type { GaussianSource } from '../noise/gaussian.ts'
import { checkRange } from '../range.ts'
import { johnsonVoltsSquared } from './constants.ts'
import type { BitState, Loop, Resistor } from './model.ts'
import { BIT_STATES, checkLoop, connected } from './model.ts'
import { type LoopTransfer, solveLoop, type TwoPort, telegrapher } from './two-port.ts'

/**
 * One bit period in the steady state, as the complex amplitudes of its harmonics k/T, k = 1 … N/2: the discrete Fourier
 * transform of N = 2BT samples. A signal is a Float64Array of N numbers, real and imaginary parts in turn, scaled so
 * that the mean of |amplitude|² is the mean square in time (Parseval).
 */
export type Harmonics = Float64Array

/** What the two ends show, a signal each. Both currents count as positive from Alice to Bob. */
export interface EndHarmonics {
  readonly voltageA: Harmonics
  readonly currentA: Harmonics
  readonly voltageB: Harmonics
  readonly currentB: Harmonics
}

/** From what the generators put out to what the ends show; `out` is overwritten. */
export type SolveState = (state: BitState, alice: Harmonics, bob: Harmonics, out: EndHarmonics) => void

export interface HarmonicLoop {
  /** N: real numbers a signal. */
  readonly samples: number
  readonly hertz: Float64Array
  /** The line's chain matrix at each harmonic. */
  readonly line: readonly TwoPort[]
  readonly transfer: Readonly<Record<BitState, readonly LoopTransfer[]>>
  readonly solve: SolveState
}

export function emptyEnds(samples: number): EndHarmonics {
  const signal = () => new Float64Array(samples)
  return { voltageA: signal(), currentA: signal(), voltageB: signal(), currentB: signal() }
}

/** The harmonics of a bit period of `samples` = 2BT samples, in Hz. */
export function harmonicFrequencies(bandwidthHertz: number, samples: number): Float64Array {
  const count = Math.floor(samples / 2)
  return Float64Array.from({ length: count }, (_, k) => ((k + 1) * bandwidthHertz) / count)
}

/** Solves every harmonic in every state, once. `samples` is even. Throws KljnError `kljn/parameter`. */
export function harmonicLoop(loop: Loop, samples: number): HarmonicLoop {
  checkLoop(loop)
  checkRange('samples', samples, { unit: '', min: 2, max: 2 ** 20, whole: true })
  checkRange('samples / 2', samples / 2, { unit: '', min: 1, whole: true })
  const hertz = harmonicFrequencies(loop.bandwidthHertz, samples)
  const line = Array.from(hertz, (f) => telegrapher(loop.line, f))
  const solveState = (state: BitState) => {
    const { alice, bob } = connected(loop, state)
    return line.map((twoPort) => solveLoop(twoPort, alice.resistanceOhms, bob.resistanceOhms))
  }
  const transfer = Object.fromEntries(BIT_STATES.map((state) => [state, solveState(state)])) as Record<
    BitState,
    LoopTransfer[]
  >
  return {
    samples,
    hertz,
    line,
    transfer,
    solve(state, alice, bob, out) {
      const states = transfer[state]
      for (const name of ['voltageA', 'currentA', 'voltageB', 'currentB'] as const) {
        const signal = out[name]
        for (let k = 0; k < states.length; k++) {
          const { alice: fromAlice, bob: fromBob } = states[k] as LoopTransfer
          const a = fromAlice[name]
          const b = fromBob[name]
          const aRe = alice[2 * k] as number
          const aIm = alice[2 * k + 1] as number
          const bRe = bob[2 * k] as number
          const bIm = bob[2 * k + 1] as number
          signal[2 * k] = a.re * aRe - a.im * aIm + b.re * bRe - b.im * bIm
          signal[2 * k + 1] = a.re * aIm + a.im * aRe + b.re * bIm + b.im * bRe
        }
      }
    },
  }
}

/** What a generator puts out in one bit period: white Gaussian noise up to the band's edge. `out` is overwritten. */
export function generatorNoise(
  resistor: Resistor,
  bandwidthHertz: number,
  gaussian: GaussianSource,
  out: Harmonics,
): void {
  gaussian.fill(out)
  const volts = Math.sqrt(
    johnsonVoltsSquared(resistor.temperatureKelvin, resistor.resistanceOhms, bandwidthHertz) / 2,
  )
  for (let i = 0; i < out.length; i++) out[i] = (out[i] as number) * volts
}

/** The mean of |amplitude|²: the mean square of the signal in time. */
export function meanSquare(signal: Harmonics): number {
  let sum = 0
  for (const value of signal) sum += value * value
  return (2 * sum) / signal.length
}

/** Real samples of a signal at `count` moments spread over the bit period: for plots. */
export function inTime(signal: Harmonics, count: number): Float64Array {
  const bins = signal.length / 2
  return Float64Array.from({ length: count }, (_, n) => {
    let sum = 0
    for (let k = 0; k < bins; k++) {
      const phase = (2 * Math.PI * (k + 1) * n) / count
      sum += (signal[2 * k] as number) * Math.cos(phase) - (signal[2 * k + 1] as number) * Math.sin(phase)
    }
    // E|c|² is the mean square and cos² averages to ½: √2, shared by the bins
    return sum * Math.sqrt(2 / bins)
  })
}
