import { type BandLimit, bandLimitedNoise, fft, gaussianSource, periodogram, seededPrng } from '@warren/kljn'
import { defineScenario } from '../scenario.ts'
import { agrees, below } from './verdict.ts'

const KINDS: readonly BandLimit[] = ['fft', 'fir', 'biquad']
const LENGTH = 4096
const OVERSAMPLING = 4

interface Parameters {
  bandwidth: number
  blocks: number
}

/** Hann's window, of mean square 1: without it the block's two ends, which do not meet, smear the band. */
function windowed(block: Float64Array): Float64Array {
  return block.map((v, t) => v * Math.sqrt(8 / 3) * Math.sin((Math.PI * t) / LENGTH) ** 2)
}

interface Spectrum {
  kind: BandLimit
  variance: number
  standardError: number
  /** Mean power of each bin, relative to a flat band. */
  density: number[]
  /** Share of the power above 1.5 times the bandwidth. */
  beyond: number
}

interface Result {
  p: Parameters
  spectra: Spectrum[]
}

export const noiseSources = defineScenario<Parameters, Result>({
  id: 'kljn/noise-sources',
  title: 'Band-limited noise, three ways',
  source: { paper: 'kljn', section: '§1' },
  summary:
    'The generators’ noise: white to Δf and nothing above. By FFT synthesis the band has a wall; a windowed sinc (FIR) and a Butterworth filter of order 8 (biquads) have slopes, as circuits do.',
  parameters: {
    bandwidth: {
      kind: 'number',
      unit: 'Hz',
      default: 1000,
      min: 0,
      exclusiveMin: true,
      max: 1e9,
      help: 'Δf',
    },
    blocks: {
      kind: 'integer',
      default: 60,
      min: 4,
      max: 100_000,
      help: `blocks of ${LENGTH} samples to average`,
    },
  },
  async run(p, { rng, signal }) {
    const gaussian = gaussianSource(seededPrng(rng))
    const plan = fft(LENGTH)
    const sampleRateHertz = 2 * OVERSAMPLING * p.bandwidth
    const edge = LENGTH / (2 * OVERSAMPLING)
    const spectra = KINDS.map((kind): Spectrum => {
      const source = bandLimitedNoise(
        kind,
        { bandwidthHertz: p.bandwidth, sampleRateHertz, length: LENGTH },
        gaussian,
      )
      const power = new Float64Array(LENGTH / 2 + 1)
      const variances: number[] = []
      for (let b = 0; b < p.blocks; b++) {
        signal.throwIfAborted()
        const one = periodogram(windowed(source.block()), plan)
        one.forEach((v, k) => {
          power[k] = (power[k] as number) + v / p.blocks
        })
        variances.push(one.reduce((sum, v) => sum + v, 0))
      }
      const variance = variances.reduce((sum, v) => sum + v, 0) / p.blocks
      const spread = variances.reduce((sum, v) => sum + (v - variance) ** 2, 0) / (p.blocks - 1)
      return {
        kind,
        variance,
        standardError: Math.sqrt(spread / p.blocks),
        density: [...power].map((v) => v * edge),
        beyond: power.slice(1.5 * edge).reduce((sum, v) => sum + v, 0) / variance,
      }
    })
    return { p, spectra }
  },
  figures: ({ p, spectra }) => [
    {
      kind: 'series',
      title: 'Spectra: power density relative to a flat band',
      x: { label: 'frequency', unit: 'Hz' },
      y: { label: 'density', scale: 'log' },
      lines: spectra.map(({ kind, density }) => ({
        name: kind,
        points: density
          .map((v, k) => [(k * 2 * OVERSAMPLING * p.bandwidth) / LENGTH, v] as const)
          .filter(([f, v], k) => k > 0 && k % 4 === 0 && f <= 2 * p.bandwidth && v > 1e-12),
      })),
    },
  ],
  claims: KINDS.flatMap((kind, i) => [
    {
      id: `${kind}-variance`,
      statement: `${kind}: unit variance`,
      source: 'beyond the paper',
      stands: 'holds' as const,
      check: ({ spectra, p }: Result) => {
        const { variance, standardError } = spectra[i] as Spectrum
        return agrees(variance, 1, standardError, `${p.blocks} blocks of ${LENGTH}`)
      },
    },
    {
      id: `${kind}-band`,
      statement: `${kind}: less than 0.2 % of the power above 1.5 Δf`,
      source: 'beyond the paper',
      stands: 'holds' as const,
      check: ({ spectra }: Result) => below((spectra[i] as Spectrum).beyond, 2e-3),
    },
  ]),
})
