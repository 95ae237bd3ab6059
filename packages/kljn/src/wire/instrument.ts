import { checkRange } from '../range.ts'
import type { Traces } from './algebraic.ts'
import type { Instrument } from './model.ts'

/** Full scale of a converter, in r.m.s. values of what it reads. */
export const FULL_SCALE_RMS = 4

/** Independent standard normal numbers; `noise/gaussian.ts` has one. */
export interface MeterNoise {
  next(): number
}

function read(trace: Float64Array, gain: number, { noiseFraction, adcBits }: Instrument, noise: MeterNoise) {
  if (gain === 1 && noiseFraction === 0 && adcBits === Number.POSITIVE_INFINITY) return trace
  let square = 0
  for (const v of trace) square += v * v
  const rms = Math.sqrt(square / Math.max(1, trace.length))
  const step = adcBits === Number.POSITIVE_INFINITY ? 0 : (2 * FULL_SCALE_RMS * rms) / 2 ** adcBits
  const most = FULL_SCALE_RMS * rms
  const out = new Float64Array(trace.length)
  for (let t = 0; t < trace.length; t++) {
    const analogue =
      gain * (trace[t] as number) + (noiseFraction === 0 ? 0 : noiseFraction * rms * noise.next())
    out[t] = step === 0 ? analogue : Math.min(most, Math.max(-most, Math.round(analogue / step) * step))
  }
  return out
}

/** What somebody with these instruments writes down: gain, added noise, rounding and clipping. */
export function measure(traces: Traces, instrument: Instrument, noise: MeterNoise): Traces {
  checkRange('noiseFraction', instrument.noiseFraction, { unit: '', min: 0, max: 100 })
  const half = instrument.gainError / 2
  return {
    aliceVolts: read(traces.aliceVolts, 1 + half, instrument, noise),
    bobVolts: read(traces.bobVolts, 1 - half, instrument, noise),
    currentAmperes: read(traces.currentAmperes, 1, instrument, noise),
  }
}
