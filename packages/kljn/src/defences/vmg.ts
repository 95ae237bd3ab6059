import { checkRange } from '../range.ts'
import { BOLTZMANN_JOULES_PER_KELVIN } from '../wire/constants.ts'
import { checkLoop, type Loop, type Resistor } from '../wire/model.ts'

/** The four resistances of the scheme of Vadai, Mingesz and Gingl (2015), in Ω. */
export interface FourResistors {
  aliceLowOhms: number
  aliceHighOhms: number
  bobLowOhms: number
  bobHighOhms: number
}

/** Mean squares of the four generators, in V². */
export interface FourVariances {
  aliceLowVolts2: number
  aliceHighVolts2: number
  bobLowVolts2: number
  bobHighVolts2: number
}

/**
 * Noise for any four resistors, such that LH and HL look the same on a line with resistance: Alice's high generator is
 * given, the others follow (specs/kljn.md; r = R + R_c/2). Throws KljnError `kljn/parameter` where a variance would
 * not be positive: those four resistors admit no such noise.
 */
export function vmgVariances(ohms: FourResistors, cableOhms: number, aliceHighVolts2: number): FourVariances {
  for (const [name, value] of Object.entries(ohms))
    checkRange(name, value, { unit: 'Ω', moreThan: 0, max: 1e12 })
  checkRange('cableOhms', cableOhms, { unit: 'Ω', min: 0, max: 1e12 })
  checkRange('aliceHighVolts2', aliceHighVolts2, { unit: 'V²', moreThan: 0 })
  const la = ohms.aliceLowOhms + cableOhms / 2
  const ha = ohms.aliceHighOhms + cableOhms / 2
  const lb = ohms.bobLowOhms + cableOhms / 2
  const hb = ohms.bobHighOhms + cableOhms / 2
  const v = aliceHighVolts2
  const made: FourVariances = {
    aliceHighVolts2: v,
    aliceLowVolts2: (v * (hb + la) * (la + lb)) / ((ha + hb) * (ha + lb)),
    bobHighVolts2: (v * (hb + la) * (hb - lb)) / ((ha - la) * (ha + lb)),
    bobLowVolts2: (v * (hb - lb) * (la + lb)) / ((ha + hb) * (ha - la)),
  }
  for (const [name, value] of Object.entries(made)) checkRange(name, value, { unit: 'V²', moreThan: 0 })
  return made
}

/** The loop with those resistors and that noise; Alice's high resistor keeps its temperature. */
export function vmgLoop(loop: Loop, ohms: FourResistors): Loop {
  const perKelvinOhm = 4 * BOLTZMANN_JOULES_PER_KELVIN * loop.bandwidthHertz
  const high = loop.alice.high.temperatureKelvin * perKelvinOhm * ohms.aliceHighOhms
  const v = vmgVariances(ohms, loop.line.resistanceOhms, high)
  const resistor = (resistanceOhms: number, volts2: number): Resistor => ({
    resistanceOhms,
    temperatureKelvin: volts2 / (perKelvinOhm * resistanceOhms),
  })
  return checkLoop({
    ...loop,
    alice: {
      ...loop.alice,
      low: resistor(ohms.aliceLowOhms, v.aliceLowVolts2),
      high: resistor(ohms.aliceHighOhms, v.aliceHighVolts2),
    },
    bob: {
      ...loop.bob,
      low: resistor(ohms.bobLowOhms, v.bobLowVolts2),
      high: resistor(ohms.bobHighOhms, v.bobHighVolts2),
    },
  })
}
