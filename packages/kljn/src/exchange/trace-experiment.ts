import { fftNoise } from '../noise/band-limited.ts'
import { gaussianSource } from '../noise/gaussian.ts'
import type { Prng } from '../noise/prng.ts'
import { checkRange } from '../range.ts'
import { loopState, measuredMoments, solveResistiveLoop, type Traces } from '../wire/algebraic.ts'
import { distort } from '../wire/generator.ts'
import { groundVolts } from '../wire/ground.ts'
import { measure } from '../wire/instrument.ts'
import { type BitState, checkLoop, connected, type Loop } from '../wire/model.ts'
import { type Rule, ruleValue } from './rule.ts'

/** One bit in the time domain, with everything that the model has: what Eve writes down, and when. */
export interface BitTraces extends Traces {
  /** Seconds between two samples. */
  stepSeconds: number
}

export interface TraceSource {
  /** A fresh bit in that state. */
  bit(state: BitState): BitTraces
}

/**
 * The whole resistive simulation: FFT noise in the band, distorted by the generators, the cable's own noise, the
 * ground loop, Kirchhoff's laws, Eve's instruments. A bit has N = 2BT degrees of freedom in at least
 * `oversampling`·N samples.
 */
export function traceSource(loop: Loop, samples: number, prng: Prng, oversampling = 2): TraceSource {
  checkLoop(loop)
  checkRange('samples', samples, { unit: '', min: 4, max: 2 ** 22, whole: true })
  checkRange('samples/2 (harmonics)', samples / 2, { unit: '', whole: true })
  checkRange('oversampling', oversampling, { unit: '', min: 1, max: 1024 })
  const length = Math.max(8, 2 ** Math.ceil(Math.log2(samples * oversampling + 1)))
  const seconds = samples / (2 * loop.bandwidthHertz)
  const stepSeconds = seconds / length
  const gaussian = gaussianSource(prng)
  const noise = fftNoise(
    { bandwidthHertz: loop.bandwidthHertz, sampleRateHertz: 1 / stepSeconds, length },
    gaussian,
  )
  // meters have the band of what they measure: oversampling must not average their noise away
  let meterBlock = new Float64Array(0)
  let meterAt = 0
  const meterNoise = {
    next() {
      if (meterAt === meterBlock.length) {
        meterBlock = Float64Array.from(noise.block())
        meterAt = 0
      }
      return meterBlock[meterAt++] as number
    },
  }
  const ground = Float64Array.from({ length }, (_, t) => groundVolts(loop.ground, t * stepSeconds))
  const isGrounded = ground.some((volts) => volts !== 0)
  return {
    bit(name) {
      const state = loopState(loop, name)
      const { alice, bob } = connected(loop, name)
      const generator = (party: Loop['alice'], volts2: number, ohms: number, kelvin: number) => {
        const rms = Math.sqrt(volts2)
        const { high, distortion } = party
        const highRms = rms * Math.sqrt((high.resistanceOhms * high.temperatureKelvin) / (ohms * kelvin))
        const volts = noise.block()
        if (distortion.second === 0 && distortion.third === 0)
          for (let t = 0; t < length; t++) volts[t] = rms * (volts[t] as number)
        else
          for (let t = 0; t < length; t++)
            volts[t] = distort(rms * (volts[t] as number), rms, highRms, distortion)
        return volts
      }
      const a = generator(loop.alice, state.aliceVolts2, alice.resistanceOhms, alice.temperatureKelvin)
      const b = generator(loop.bob, state.bobVolts2, bob.resistanceOhms, bob.temperatureKelvin)
      const line = isGrounded || state.lineVolts2 > 0 ? Float64Array.from(ground) : undefined
      if (line !== undefined && state.lineVolts2 > 0) {
        const rms = Math.sqrt(state.lineVolts2)
        const own = noise.block()
        for (let t = 0; t < length; t++) line[t] = (line[t] as number) + rms * (own[t] as number)
      }
      const traces = solveResistiveLoop(state, a, b, line)
      return { ...measure(traces, loop.instruments.eve, meterNoise), stepSeconds }
    },
  }
}

export interface TraceExperiment<K extends string> {
  loop: Loop
  samples: number
  bits: number
  /** Eve's rules by name; true means HL. */
  rules: Record<K, Rule>
  signal?: AbortSignal
}

/** Secure bits only: how many there were, and how many of them each rule named right. */
export interface TraceTally<K extends string> {
  bits: number
  complete: boolean
  right: Record<K, number>
}

export function runTraces<K extends string>(experiment: TraceExperiment<K>, prng: Prng): TraceTally<K> {
  const { loop, samples, bits, rules, signal } = experiment
  checkRange('bits', bits, { unit: '', min: 1, whole: true })
  const source = traceSource(loop, samples, prng)
  const names = Object.keys(rules) as K[]
  const right = Object.fromEntries(names.map((name) => [name, 0])) as Record<K, number>
  let done = 0
  for (; done < bits && signal?.aborted !== true; done++) {
    const isHL = prng.word() < 0
    const moments = measuredMoments(source.bit(isHL ? 'HL' : 'LH'))
    for (const name of names)
      if (ruleValue(rules[name], moments) > rules[name].threshold === isHL) right[name]++
  }
  return { bits: done, complete: done === bits, right }
}
