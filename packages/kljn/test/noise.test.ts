import { unsafeSeededRng } from '@warren/primitives/seeded-rng'
import { describe, expect, it } from 'vitest'
import { bandLimitedNoise, fft, gaussianSource, harmonicsIn, periodogram, seededPrng } from '../src/index.ts'

const band = { bandwidthHertz: 500, sampleRateHertz: 4000, length: 4096 }

describe('fft', () => {
  it('is the sum that defines it', () => {
    const gaussian = gaussianSource(seededPrng(unsafeSeededRng('fft')))
    const re = Float64Array.from({ length: 16 }, () => gaussian.next())
    const im = Float64Array.from({ length: 16 }, () => gaussian.next())
    const expected = Array.from({ length: 16 }, (_, j) =>
      Array.from({ length: 16 }, (__, k) => {
        const angle = (2 * Math.PI * j * k) / 16
        const [a, b] = [re[k] as number, im[k] as number]
        return [a * Math.cos(angle) - b * Math.sin(angle), a * Math.sin(angle) + b * Math.cos(angle)] as const
      }).reduce(([x, y], [a, b]) => [x + a, y + b] as const),
    )
    fft(16).inverse(re, im)
    expected.forEach(([x, y], j) => {
      expect(re[j]).toBeCloseTo(x, 12)
      expect(im[j]).toBeCloseTo(y, 12)
    })
    expect(() => fft(12)).toThrow(/log2 of the FFT size/)
  })
})

describe('band-limited noise', () => {
  it.each(['fft', 'fir', 'biquad'] as const)(
    '%s: unit variance, power below the bandwidth (40 blocks, 5σ)',
    (kind) => {
      const source = bandLimitedNoise(kind, band, gaussianSource(seededPrng(unsafeSeededRng(kind))))
      const plan = fft(band.length)
      const spectrum = new Float64Array(band.length / 2 + 1)
      const blocks = 40
      for (let b = 0; b < blocks; b++)
        periodogram(source.block(), plan).forEach(
          (v, k) => (spectrum[k] = (spectrum[k] as number) + v / blocks),
        )
      const sum = (from: number, to: number) => spectrum.slice(from, to).reduce((s, v) => s + v, 0)
      const harmonics = harmonicsIn(band)
      // each harmonic's power has a relative standard deviation of 1
      expect(Math.abs(sum(0, spectrum.length) - 1)).toBeLessThan(5 / Math.sqrt(harmonics * blocks))
      const flat = sum(1, harmonics / 2) / sum(harmonics / 2, harmonics - 25)
      expect(Math.abs(flat - (harmonics / 2 - 1) / (harmonics / 2 - 25))).toBeLessThan(0.1)
      expect(sum(harmonics * 1.5, spectrum.length)).toBeLessThan(kind === 'fft' ? 1e-20 : 2e-3)
    },
  )

  it('refuses a band that does not fit', () => {
    const gaussian = gaussianSource(seededPrng(unsafeSeededRng(1)))
    expect(() => bandLimitedNoise('fft', { ...band, bandwidthHertz: 2001 }, gaussian)).toThrow(
      /bandwidthHertz is 2001 Hz; .*at most 2000 Hz/,
    )
    expect(() => bandLimitedNoise('fft', { ...band, bandwidthHertz: 0.1 }, gaussian)).toThrow(/harmonics/)
    expect(() => bandLimitedNoise('fir', { ...band, length: 1 }, gaussian)).toThrow(/length is 1 samples/)
  })
})
