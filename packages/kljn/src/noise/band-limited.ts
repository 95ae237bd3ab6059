import { checkRange } from '../range.ts'
import { fft } from './fft.ts'
import type { GaussianSource } from './gaussian.ts'

/** Gaussian noise of unit variance, white from 0 to the bandwidth and nothing above; a block at a time. */
export interface BandLimitedSource {
  /** A fresh block. The array is the caller's. */
  block(): Float64Array
}

export interface Band {
  bandwidthHertz: number
  sampleRateHertz: number
  /** Samples in a block: a power of two for the FFT. */
  length: number
}

export type BandLimit = 'fft' | 'fir' | 'biquad'

function check({ bandwidthHertz, sampleRateHertz, length }: Band): void {
  checkRange('sampleRateHertz', sampleRateHertz, { unit: 'Hz', moreThan: 0, max: 1e15 })
  checkRange('bandwidthHertz', bandwidthHertz, { unit: 'Hz', moreThan: 0, max: sampleRateHertz / 2 })
  checkRange('length', length, { unit: 'samples', min: 8, max: 2 ** 26, whole: true })
}

/** How many harmonics of 1/T lie in the band of an FFT block. Its samples have 2·B·T degrees of freedom: exactly twice this. */
export function harmonicsIn({ bandwidthHertz, sampleRateHertz, length }: Band): number {
  return Math.min(length / 2 - 1, Math.floor((bandwidthHertz * length) / sampleRateHertz + 1e-9))
}

/**
 * By synthesis: independent harmonics of 1/T in the band, nothing else, so the band's edge is a wall. Blocks are
 * independent of each other, as bits are, and each is periodic. Two real blocks come from one complex transform.
 */
export function fftNoise(band: Band, gaussian: GaussianSource): BandLimitedSource {
  check(band)
  const { length } = band
  const plan = fft(length)
  const harmonics = harmonicsIn(band)
  checkRange('harmonics in the band (bandwidth × length / sample rate)', harmonics, { unit: '', min: 1 })
  const amplitude = 1 / Math.sqrt(2 * harmonics)
  const draws = new Float64Array(4 * harmonics)
  let spare: Float64Array | undefined
  return {
    block() {
      if (spare !== undefined) {
        const held = spare
        spare = undefined
        return held
      }
      gaussian.fill(draws)
      const re = new Float64Array(length)
      const im = new Float64Array(length)
      // independent amplitudes at +k and −k make a complex sequence whose two parts are independent
      for (let k = 1; k <= harmonics; k++) {
        const at = 4 * (k - 1)
        re[k] = amplitude * (draws[at] as number)
        im[k] = amplitude * (draws[at + 1] as number)
        re[length - k] = amplitude * (draws[at + 2] as number)
        im[length - k] = amplitude * (draws[at + 3] as number)
      }
      plan.inverse(re, im)
      spare = im
      return re
    },
  }
}

/** Modified Bessel function I₀, by its series: for Kaiser's window. */
function bessel0(x: number): number {
  let term = 1
  let sum = 1
  for (let k = 1; term > sum * 1e-17; k++) {
    term *= (x / (2 * k)) ** 2
    sum += term
  }
  return sum
}

const KAISER_BETA = 8

/** A windowed sinc (Kaiser, β = 8: stop band below −80 dB) over white noise; blocks follow each other without a seam. */
export function firNoise(band: Band, gaussian: GaussianSource): BandLimitedSource {
  check(band)
  const { length, bandwidthHertz, sampleRateHertz } = band
  const cut = bandwidthHertz / sampleRateHertz
  const half = Math.ceil(8 / cut)
  const taps = Float64Array.from({ length: 2 * half + 1 }, (_, i) => {
    const t = i - half
    const sinc = t === 0 ? 2 * cut : Math.sin(2 * Math.PI * cut * t) / (Math.PI * t)
    return sinc * bessel0(KAISER_BETA * Math.sqrt(1 - (t / half) ** 2))
  })
  const energy = Math.sqrt(taps.reduce((sum, h) => sum + h * h, 0))
  const history = new Float64Array(taps.length - 1 + length)
  gaussian.fill(history.subarray(length))
  return {
    block() {
      history.copyWithin(0, length)
      gaussian.fill(history.subarray(taps.length - 1))
      const out = new Float64Array(length)
      for (let t = 0; t < length; t++) {
        let sum = 0
        for (let k = 0; k < taps.length; k++) sum += (taps[k] as number) * (history[t + k] as number)
        out[t] = sum / energy
      }
      return out
    },
  }
}

const SECTIONS = 4

/** A Butterworth filter of order 8 in four biquads (bilinear transform) over white noise; no seam between blocks. */
export function biquadNoise(band: Band, gaussian: GaussianSource): BandLimitedSource {
  check(band)
  const { length, bandwidthHertz, sampleRateHertz } = band
  checkRange('bandwidthHertz', bandwidthHertz, { unit: 'Hz', moreThan: 0, max: 0.45 * sampleRateHertz })
  const w = Math.tan((Math.PI * bandwidthHertz) / sampleRateHertz)
  const sections = Array.from({ length: SECTIONS }, (_, k) => {
    const damping = 2 * Math.sin(((2 * k + 1) * Math.PI) / (4 * SECTIONS))
    const norm = 1 + damping * w + w * w
    return {
      gain: (w * w) / norm,
      a1: (2 * (w * w - 1)) / norm,
      a2: (1 - damping * w + w * w) / norm,
      z1: 0,
      z2: 0,
    }
  })
  const filter = (x: number) => {
    let y = x
    for (const s of sections) {
      // direct form II transposed
      const v = s.gain * y
      const out = v + s.z1
      s.z1 = 2 * v - s.a1 * out + s.z2
      s.z2 = v - s.a2 * out
      y = out
    }
    return y
  }
  const settle = Math.ceil((60 * sampleRateHertz) / bandwidthHertz)
  let energy = 0
  for (let t = 0; t < settle; t++) energy += filter(t === 0 ? 1 : 0) ** 2
  for (let t = 0; t < settle; t++) filter(gaussian.next())
  const scale = 1 / Math.sqrt(energy)
  return {
    block() {
      const out = new Float64Array(length)
      gaussian.fill(out)
      for (let t = 0; t < length; t++) out[t] = scale * filter(out[t] as number)
      return out
    },
  }
}

/** Throws KljnError `kljn/parameter`: the bandwidth is at most half the sample rate. */
export function bandLimitedNoise(kind: BandLimit, band: Band, gaussian: GaussianSource): BandLimitedSource {
  switch (kind) {
    case 'fft':
      return fftNoise(band, gaussian)
    case 'fir':
      return firNoise(band, gaussian)
    case 'biquad':
      return biquadNoise(band, gaussian)
    default:
      return kind satisfies never
  }
}
