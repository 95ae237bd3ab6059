import { checkRange } from '../range.ts'
import { johnsonVoltsSquared } from '../wire/constants.ts'
import { checkLoop, type GeneratorDistortion, type Loop, type Party, type Resistor } from '../wire/model.ts'

/**
 * Chamon and Kish: an amplifier that bends the noise makes it stronger by a part that grows with its size, so the two
 * generators of a party are no longer in the proportion of their resistors, and power flows.
 */

/** The factor by which distortion changes the mean square of Gaussian noise; `ratio` is (rms / rms of high)². */
export function distortedPower({ second, third }: GeneratorDistortion, ratio: number): number {
  // E(e²−σ²)² = 2σ⁴, E e⁴ = 3σ⁴, E e⁶ = 15σ⁶; odd products vanish
  return 1 + 2 * second * second * ratio + 6 * third * ratio + 15 * third * third * ratio * ratio
}

/** Total distortion of the high generator: r.m.s. of what is not proportional to the noise, over what is. */
export function totalDistortion({ second, third }: GeneratorDistortion): number {
  // e³ = 3σ²e + (e³ − 3σ²e), and the second part is orthogonal to e with mean square 6σ⁶
  return Math.sqrt(2 * second * second + 6 * third * third) / Math.abs(1 + 3 * third)
}

/** A distortion of third order whose total is the given fraction. */
export function thirdOrderDistortion(total: number): GeneratorDistortion {
  checkRange('total', total, { unit: '', min: 0, max: 0.3 })
  return { second: 0, third: total / (Math.sqrt(6) - 3 * total) }
}

function heated(loop: Loop, party: Party): Party {
  const power = ({ temperatureKelvin, resistanceOhms }: Resistor) =>
    johnsonVoltsSquared(temperatureKelvin, resistanceOhms, loop.bandwidthHertz)
  const heat = (resistor: Resistor): Resistor => ({
    ...resistor,
    temperatureKelvin:
      resistor.temperatureKelvin * distortedPower(party.distortion, power(resistor) / power(party.high)),
  })
  return { ...party, low: heat(party.low), high: heat(party.high) }
}

/**
 * The loop whose Gaussian generators have the mean squares of the distorted ones: what attacks on second moments see.
 * Third and fourth moments leak besides; `attacks/non-gaussian.ts` is about those.
 */
export function secondMomentEquivalent(loop: Loop): Loop {
  checkLoop(loop)
  return { ...loop, alice: heated(loop, loop.alice), bob: heated(loop, loop.bob) }
}
