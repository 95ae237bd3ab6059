import { KljnError } from '../errors.ts'
import { checkRange } from '../range.ts'
import { characteristicOhms, checkLine, delaySeconds, type Line } from './model.ts'
import type { TimeSolver } from './time-solver.ts'

/**
 * A line without loss is two waves that pass one another: U = u⁺ + u⁻, Z₀·I = u⁺ − u⁻ (d'Alembert; Branin 1967). The
 * cable's resistance is put half at each end, which is exact at zero frequency and for R_c = 0. A step is
 * delay/stepsPerDelay. Throws KljnError `kljn/parameter`.
 */
export function delayLine(
  line: Line,
  aliceOhms: number,
  bobOhms: number,
  stepsPerDelay: number,
): TimeSolver & { readonly waves: WavesAtEnds } {
  checkLine(line)
  checkRange('aliceOhms', aliceOhms, { unit: 'Ω', moreThan: 0, max: 1e12 })
  checkRange('bobOhms', bobOhms, { unit: 'Ω', moreThan: 0, max: 1e12 })
  checkRange('stepsPerDelay', stepsPerDelay, { unit: '', min: 1, max: 1e6, whole: true })
  const delay = delaySeconds(line)
  if (!(delay > 0))
    throw new KljnError(
      'kljn/parameter',
      'a delay line needs an inductance (H) and a capacitance (F) of more than 0',
    )
  const z = characteristicOhms(line)
  const halfOhms = line.resistanceOhms / 2
  // What is under way: towards Bob and towards Alice. Slot `at` arrives now, and is then free for what leaves now.
  const toBob = new Float64Array(stepsPerDelay)
  const toAlice = new Float64Array(stepsPerDelay)
  const middle = stepsPerDelay >> 1
  const out = { voltageA: 0, currentA: 0, voltageB: 0, currentB: 0 }
  const waves: WavesAtEnds = { fromAlice: 0, toAlice: 0, fromBob: 0, toBob: 0 }
  let at = 0
  return {
    stepSeconds: delay / stepsPerDelay,
    waves,
    step(aliceVolts, bobVolts, injectedAmperes = 0) {
      if (injectedAmperes !== 0) {
        // A current source launches Z₀·J/2 either way; the middle is half a delay from both ends.
        const wave = (z * injectedAmperes) / 2
        const slot = (at + middle) % stepsPerDelay
        toBob[slot] = (toBob[slot] as number) + wave
        toAlice[slot] = (toAlice[slot] as number) + wave
      }
      waves.toAlice = toAlice[at] as number
      waves.toBob = toBob[at] as number
      const currentA = (aliceVolts - 2 * waves.toAlice) / (aliceOhms + halfOhms + z)
      const currentB = (2 * waves.toBob - bobVolts) / (bobOhms + halfOhms + z)
      waves.fromAlice = waves.toAlice + z * currentA
      waves.fromBob = waves.toBob - z * currentB
      toBob[at] = waves.fromAlice
      toAlice[at] = waves.fromBob
      at = (at + 1) % stepsPerDelay
      out.currentA = currentA
      out.currentB = currentB
      out.voltageA = aliceVolts - currentA * aliceOhms
      out.voltageB = bobVolts + currentB * bobOhms
      return out
    },
  }
}

/** The waves (in volts) that leave and reach the ends at this moment: what a directional coupler shows. */
export interface WavesAtEnds {
  fromAlice: number
  toAlice: number
  fromBob: number
  toBob: number
}
