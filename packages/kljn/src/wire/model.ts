import { KljnError } from '../errors.ts'
import { checkRange } from '../range.ts'

/** A resistor with its noise generator: the generator makes it as noisy as if it were at `temperatureKelvin`. */
export interface Resistor {
  readonly resistanceOhms: number
  /** Effective noise temperature; publicly agreed, typically ≥ 1e9 K (the paper, §1). */
  readonly temperatureKelvin: number
}

/** What the generators make beside the ideal Gaussian voltage. All zero in an ideal generator. */
export interface GeneratorDistortion {
  /**
   * e → e + second·(e² − σ_e²)/σ + third·e³/σ², with σ the r.m.s. voltage of the party's high resistor: one amplifier
   * with one full scale makes both noises, so the larger is bent more.
   */
  readonly second: number
  readonly third: number
}

/** One end of the line. In VMG-KLJN all four resistors differ; in the paper's scheme both parties hold the same two. */
export interface Party {
  readonly low: Resistor
  readonly high: Resistor
  readonly distortion: GeneratorDistortion
}

/** A kind of cable, per metre. */
export interface Cable {
  readonly name: string
  readonly resistanceOhmsPerMetre: number
  readonly inductanceHenriesPerMetre: number
  readonly capacitanceFaradsPerMetre: number
  readonly conductanceSiemensPerMetre: number
}

/** The wire between the parties, in totals over its length. */
export interface Line {
  readonly lengthMetres: number
  /** R_c. */
  readonly resistanceOhms: number
  readonly inductanceHenries: number
  readonly capacitanceFarads: number
  readonly conductanceSiemens: number
  /** The cable's own temperature; 0 where it can be neglected beside the generators (the paper, Figure 2). */
  readonly temperatureKelvin: number
  /**
   * The capacitor killer: a driver holds the shield at this fraction of the wire's voltage, so that the fraction
   * 1 − gain of the capacitance is left. 0: no driver. 1: ideal.
   */
  readonly shieldDriverGain: number
}

/** A voltage between the two grounds, in series with the loop. */
export interface GroundLoop {
  readonly dcVolts: number
  readonly acAmplitudeVolts: number
  readonly acHertz: number
}

/** How somebody reads voltages and currents. Fractions are of the quantity's r.m.s. value. */
export interface Instrument {
  /** By how much the two voltmeters disagree: their gains are 1 ± half of it, Alice's end the higher. */
  readonly gainError: number
  /** Gaussian noise added to every reading, as a fraction of the r.m.s. value. */
  readonly noiseFraction: number
  /** Resolution of the converter; Infinity for none. Full scale is ±4 r.m.s. values. */
  readonly adcBits: number
}

/** The whole experiment. */
export interface Loop {
  readonly alice: Party
  readonly bob: Party
  readonly line: Line
  /** Δf, from 0. */
  readonly bandwidthHertz: number
  readonly ground: GroundLoop
  readonly instruments: { readonly alice: Instrument; readonly bob: Instrument; readonly eve: Instrument }
}

/** Who has connected what; Alice's resistor first. */
export type BitState = 'LL' | 'LH' | 'HL' | 'HH'
export const BIT_STATES: readonly BitState[] = ['LL', 'LH', 'HL', 'HH']
export type BitValue = 'L' | 'H'

export const NO_DISTORTION: GeneratorDistortion = { second: 0, third: 0 }
export const NO_GROUND_LOOP: GroundLoop = { dcVolts: 0, acAmplitudeVolts: 0, acHertz: 50 }
export const IDEAL_INSTRUMENT: Instrument = {
  gainError: 0,
  noiseFraction: 0,
  adcBits: Number.POSITIVE_INFINITY,
}

/** RG58 coaxial cable, in the round values of specs/kljn.md; other makes differ by some percent. */
export const RG58: Cable = {
  name: 'RG58',
  resistanceOhmsPerMetre: 0.048,
  inductanceHenriesPerMetre: 0.253e-6,
  capacitanceFaradsPerMetre: 101e-12,
  conductanceSiemensPerMetre: 0,
}

/** A line with resistance only. */
export function resistiveLine(resistanceOhms: number): Line {
  return {
    lengthMetres: 1,
    resistanceOhms,
    inductanceHenries: 0,
    capacitanceFarads: 0,
    conductanceSiemens: 0,
    temperatureKelvin: 0,
    shieldDriverGain: 0,
  }
}

export function lineOf(cable: Cable, lengthMetres: number): Line {
  checkRange('lengthMetres', lengthMetres, { unit: 'm', moreThan: 0, max: 2e7 })
  return {
    lengthMetres,
    resistanceOhms: cable.resistanceOhmsPerMetre * lengthMetres,
    inductanceHenries: cable.inductanceHenriesPerMetre * lengthMetres,
    capacitanceFarads: cable.capacitanceFaradsPerMetre * lengthMetres,
    conductanceSiemens: cable.conductanceSiemensPerMetre * lengthMetres,
    temperatureKelvin: 0,
    shieldDriverGain: 0,
  }
}

/** √(L/C) of the lossless line, in Ω; with the capacitance that the shield driver leaves. */
export function characteristicOhms(line: Line): number {
  return Math.sqrt(line.inductanceHenries / effectiveCapacitanceFarads(line))
}

/** √(LC): how long a wave takes from one end to the other. */
export function delaySeconds(line: Line): number {
  return Math.sqrt(line.inductanceHenries * effectiveCapacitanceFarads(line))
}

export function effectiveCapacitanceFarads(line: Line): number {
  return line.capacitanceFarads * (1 - line.shieldDriverGain)
}

export function resistorOf(party: Party, value: BitValue): Resistor {
  return value === 'L' ? party.low : party.high
}

/** The resistors that are connected in a state. */
export function connected(loop: Loop, state: BitState): { alice: Resistor; bob: Resistor } {
  return {
    alice: resistorOf(loop.alice, state[0] as BitValue),
    bob: resistorOf(loop.bob, state[1] as BitValue),
  }
}

export interface SymmetricLoop {
  lowOhms: number
  highOhms: number
  line: Line
  /** Of the R_H resistors. */
  temperatureKelvin?: number
  /** The R_L resistors are at β times that temperature (the paper, §2.3). */
  beta?: number
  bandwidthHertz?: number
}

/** The paper's scheme: both parties hold the same pair of resistors. Checks everything. */
export function symmetricLoop(options: SymmetricLoop): Loop {
  const { lowOhms, highOhms, line, temperatureKelvin = 1e9, beta = 1, bandwidthHertz = 1000 } = options
  checkRange('beta', beta, { unit: '', moreThan: 0, max: 1e6 })
  const party: Party = {
    low: { resistanceOhms: lowOhms, temperatureKelvin: beta * temperatureKelvin },
    high: { resistanceOhms: highOhms, temperatureKelvin },
    distortion: NO_DISTORTION,
  }
  return checkLoop({
    alice: party,
    bob: party,
    line,
    bandwidthHertz,
    ground: NO_GROUND_LOOP,
    instruments: { alice: IDEAL_INSTRUMENT, bob: IDEAL_INSTRUMENT, eve: IDEAL_INSTRUMENT },
  })
}

function checkParty(name: string, { low, high, distortion }: Party): void {
  for (const [which, resistor] of [
    ['low', low],
    ['high', high],
  ] as const) {
    checkRange(`${name}.${which}.resistanceOhms`, resistor.resistanceOhms, {
      unit: 'Ω',
      moreThan: 0,
      max: 1e12,
    })
    checkRange(`${name}.${which}.temperatureKelvin`, resistor.temperatureKelvin, {
      unit: 'K',
      moreThan: 0,
      max: 1e30,
    })
  }
  if (low.resistanceOhms === high.resistanceOhms)
    throw new KljnError(
      'kljn/parameter',
      `${name}: the low and the high resistance are both ${low.resistanceOhms} Ω; R_L and R_H must differ, or no bit is exchanged`,
    )
  checkRange(`${name}.distortion.second`, distortion.second, { unit: '', min: -1, max: 1 })
  checkRange(`${name}.distortion.third`, distortion.third, { unit: '', min: -1, max: 1 })
}

export function checkLine(line: Line): Line {
  checkRange('line.lengthMetres', line.lengthMetres, { unit: 'm', moreThan: 0, max: 2e7 })
  checkRange('line.resistanceOhms', line.resistanceOhms, { unit: 'Ω', min: 0, max: 1e12 })
  checkRange('line.inductanceHenries', line.inductanceHenries, { unit: 'H', min: 0, max: 1e6 })
  checkRange('line.capacitanceFarads', line.capacitanceFarads, { unit: 'F', min: 0, max: 1e6 })
  checkRange('line.conductanceSiemens', line.conductanceSiemens, { unit: 'S', min: 0, max: 1e6 })
  checkRange('line.temperatureKelvin', line.temperatureKelvin, { unit: 'K', min: 0, max: 1e30 })
  checkRange('line.shieldDriverGain', line.shieldDriverGain, { unit: '', min: 0, max: 1 })
  return line
}

function checkInstrument(name: string, instrument: Instrument): void {
  checkRange(`${name}.gainError`, instrument.gainError, { unit: '', min: -1, max: 1 })
  checkRange(`${name}.noiseFraction`, instrument.noiseFraction, { unit: '', min: 0, max: 100 })
  if (instrument.adcBits !== Number.POSITIVE_INFINITY)
    checkRange(`${name}.adcBits`, instrument.adcBits, { unit: 'bit', min: 1, max: 32, whole: true })
}

/** Returns the loop. Throws KljnError `kljn/parameter` for the first quantity that is out of its range. */
export function checkLoop(loop: Loop): Loop {
  checkParty('alice', loop.alice)
  checkParty('bob', loop.bob)
  checkLine(loop.line)
  checkRange('bandwidthHertz', loop.bandwidthHertz, { unit: 'Hz', moreThan: 0, max: 1e15 })
  checkRange('ground.dcVolts', loop.ground.dcVolts, { unit: 'V', min: -1e9, max: 1e9 })
  checkRange('ground.acAmplitudeVolts', loop.ground.acAmplitudeVolts, { unit: 'V', min: 0, max: 1e9 })
  checkRange('ground.acHertz', loop.ground.acHertz, { unit: 'Hz', moreThan: 0, max: 1e15 })
  for (const name of ['alice', 'bob', 'eve'] as const)
    checkInstrument(`instruments.${name}`, loop.instruments[name])
  return loop
}
