import type { Rng } from '@warren/primitives/rng'
import type { Ramp } from '../defences/ramped-start.ts'
import { gaussianSource } from '../noise/gaussian.ts'
import { seededPrng } from '../noise/prng.ts'
import { checkRange } from '../range.ts'
import { johnsonVoltsSquared } from '../wire/constants.ts'
import { delayLine } from '../wire/delay-line.ts'
import { characteristicOhms, connected, delaySeconds, type Loop, type Resistor } from '../wire/model.ts'

/**
 * The transient attack: when the switches close, the first wave from either end has not met the other one yet, and its
 * size is e·Z₀/(R + R_c/2 + Z₀): Eve hears each resistor alone. She guesses HL where Bob's first wave is the larger.
 */

/** R.m.s. of the first wave from an end, in V, while the line acts as its characteristic resistance. */
export function firstWaveVolts(loop: Loop, { resistanceOhms, temperatureKelvin }: Resistor): number {
  const z = characteristicOhms(loop.line)
  const volts = Math.sqrt(johnsonVoltsSquared(temperatureKelvin, resistanceOhms, loop.bandwidthHertz))
  return (volts * z) / (resistanceOhms + loop.line.resistanceOhms / 2 + z)
}

/**
 * Eve's chance from one look at both first waves, on a line that is short beside the noise's correlation time, so that
 * one look is all there is: two zero-mean Gaussians, (2/π)·atan(σ_L/σ_H) (or its inverse). `noiseVolts` is the r.m.s.
 * noise of her coupler, `gain` what the ramp has reached.
 */
export function transientChance(loop: Loop, gain = 1, noiseVolts = 0): number {
  const { alice, bob } = connected(loop, 'HL')
  const sigma = (resistor: Resistor) => Math.hypot(gain * firstWaveVolts(loop, resistor), noiseVolts)
  const ratio = sigma(bob) / sigma(alice)
  return (2 / Math.PI) * Math.atan(Math.max(ratio, 1 / ratio))
}

export interface TransientRun {
  bits: number
  /** Eve reads both waves so many line delays after the switches close: below 1 they have not met. */
  readAtDelays: number
  /** R.m.s. noise of her coupler, in V. */
  noiseVolts: number
  /** How the generators come up. */
  ramp: Ramp
}

/** The attack in the time domain, on the delay line from rest. Returns how often Eve is right. */
export function transientAttack(loop: Loop, run: TransientRun, rng: Rng): number {
  checkRange('bits', run.bits, { unit: 'bit', min: 1, max: 2 ** 30, whole: true })
  checkRange('readAtDelays', run.readAtDelays, { unit: '', moreThan: 0, max: 1000 })
  checkRange('noiseVolts', run.noiseVolts, { unit: 'V', min: 0, max: 1e12 })
  const prng = seededPrng(rng)
  const gaussian = gaussianSource(prng)
  const stepsPerDelay = 16
  const steps = Math.max(1, Math.round(run.readAtDelays * stepsPerDelay))
  const stepSeconds = delaySeconds(loop.line) / stepsPerDelay
  let right = 0
  for (let bit = 0; bit < run.bits; bit++) {
    const state = prng.word() < 0 ? 'HL' : 'LH'
    const { alice, bob } = connected(loop, state)
    const solver = delayLine(loop.line, alice.resistanceOhms, bob.resistanceOhms, stepsPerDelay)
    // band-limited noise stands still while a wave crosses a short line
    const volts = ({ temperatureKelvin, resistanceOhms }: Resistor) =>
      gaussian.next() * Math.sqrt(johnsonVoltsSquared(temperatureKelvin, resistanceOhms, loop.bandwidthHertz))
    const aliceVolts = volts(alice)
    const bobVolts = volts(bob)
    for (let n = 1; n <= steps; n++) {
      const gain = run.ramp(n * stepSeconds)
      solver.step(gain * aliceVolts, gain * bobVolts)
    }
    const fromAlice = solver.waves.fromAlice + run.noiseVolts * gaussian.next()
    const fromBob = solver.waves.fromBob + run.noiseVolts * gaussian.next()
    // the larger first wave comes from the smaller resistor as long as both are above Z₀
    const highIsLarger = firstWaveVolts(loop, loop.alice.high) > firstWaveVolts(loop, loop.alice.low)
    if ((Math.abs(fromAlice) > Math.abs(fromBob) === highIsLarger) === (state === 'HL')) right++
  }
  return right / run.bits
}
