import {
  contrast,
  endCovariance,
  type OptimalTest,
  optimalTest,
  spectralContrast,
} from '../../attacks/spectral-likelihood.ts'
import type { MeterSigma } from '../../defences/comparison.ts'
import { KljnError } from '../../errors.ts'
import { checkRange } from '../../range.ts'
import type { HarmonicLoop } from '../../wire/harmonics.ts'
import type { BitState, Instrument, Loop } from '../../wire/model.ts'
import { type SpectralDecision, scaleOhmsOf } from '../spectral-decision.ts'

/** Public knowledge before a session: everybody has it, Eve too. */
export interface SessionSettings {
  loop: Loop
  /** N = 2BT of one bit exchange, even. */
  samples: number
  /** Length of the key that is wanted. */
  keyBits: number
  decision: SpectralDecision
  /** Groups of the XOR that follows reconciliation; 1: none. */
  xorGroup: number
  /** Statistical distance of the final key from a uniform one: 2^−securityBits. */
  securityBits: number
  /** Chance of a false alarm of a whole batch's comparison. */
  falseAlarm: number
  /** The session gives up after so many exchanges. */
  mostExchanges: number
}

export const VERIFICATION_BITS = 64

/** Exchanges of one batch: what its readings weigh on the public channel stays under 16 MiB. */
export function largestBatch(samples: number): number {
  return Math.max(1, Math.min(16_384, Math.floor(2 ** 21 / samples)))
}

export const CASCADE_PASSES = 6

/** Throws KljnError `kljn/parameter`. The loop itself is checked where it is solved. */
export function checkSettings(settings: SessionSettings): SessionSettings {
  const bit = { unit: 'bit', whole: true }
  checkRange('samples', settings.samples, { unit: '', min: 2, max: 2 ** 16, whole: true })
  checkRange('keyBits', settings.keyBits, { ...bit, min: 1, max: 2 ** 16 })
  checkRange('xorGroup', settings.xorGroup, { ...bit, min: 1, max: 64 })
  checkRange('securityBits', settings.securityBits, { ...bit, min: 8, max: 256 })
  checkRange('falseAlarm', settings.falseAlarm, { unit: '', min: 1e-15, max: 0.5 })
  checkRange('mostExchanges', settings.mostExchanges, { unit: '', min: 1, max: 2 ** 24, whole: true })
  for (const who of ['alice', 'bob'] as const)
    if (settings.loop.instruments[who].adcBits !== Number.POSITIVE_INFINITY)
      throw new KljnError(
        'kljn/parameter',
        `instruments.${who}.adcBits must be Infinity here: the meters of a session read spectra, not samples`,
      )
  return settings
}

/** Eve's best test on one mixed bit. */
export function eveBound(settings: SessionSettings, harmonics: HarmonicLoop): OptimalTest {
  return optimalTest(
    harmonics.line.map((line, k) => spectralContrast(settings.loop, harmonics.hertz[k] as number, line)),
  )
}

/**
 * About how many sifted bits will differ: only the first block size of Cascade hangs on it. They differ where both
 * misread a pure state for a mixed one; reading levels, both see nearly the same and err together.
 */
export function expectedErrorRate({ loop, decision }: SessionSettings, harmonics: HarmonicLoop): number {
  const misread = (pure: BitState, mixed: BitState) =>
    1 -
    optimalTest(
      harmonics.line.map((line) =>
        contrast(endCovariance(loop, pure, line), endCovariance(loop, mixed, line)),
      ),
    ).guess
  const levels = (misread('HH', 'HL') + misread('LL', 'LH')) / 2
  return Math.min(0.25, decision === 'levels' ? levels : levels ** 2)
}

/** R.m.s. of what a meter shows in a mixed state, and the noise that it adds. Never quite 0: readings travel as f32. */
export function meterNoise({ loop }: SessionSettings, harmonics: HarmonicLoop): MeterSigma {
  const fraction = Math.max(1e-6, loop.instruments.alice.noiseFraction, loop.instruments.bob.noiseFraction)
  const scaleOhms = scaleOhmsOf(loop)
  let volts = 0
  let amperes = 0
  for (const line of harmonics.line) {
    const { first, second } = endCovariance(loop, 'HL', line)
    volts += first / harmonics.line.length
    amperes += second / scaleOhms ** 2 / harmonics.line.length
  }
  return { volts: fraction * Math.sqrt(volts), amperes: fraction * Math.sqrt(amperes) }
}

/** What an instrument makes of a signal: gain error and Gaussian noise of `sigma` an amplitude. In place. */
export function readMeter(
  signal: Float64Array,
  instrument: Instrument,
  sigma: number,
  gaussian: { next(): number },
): void {
  const gain = 1 + instrument.gainError
  const noise = instrument.noiseFraction > 0 ? sigma / Math.SQRT2 : 0
  for (let i = 0; i < signal.length; i++)
    signal[i] = gain * (signal[i] as number) + (noise === 0 ? 0 : noise * gaussian.next())
}
