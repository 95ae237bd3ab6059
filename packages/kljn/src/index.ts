export { KljnError, type KljnErrorCode } from './errors.ts'
// noise
export { type GaussianSource, gaussianSource } from './noise/gaussian.ts'
export { type Prng, seededPrng } from './noise/prng.ts'
export { checkRange, type Range } from './range.ts'
// wire: the model
export {
  BOLTZMANN_JOULES_PER_KELVIN,
  johnsonVoltsSquared,
  LIGHT_METRES_PER_SECOND,
} from './wire/constants.ts'
export {
  BIT_STATES,
  type BitState,
  type BitValue,
  type Cable,
  characteristicOhms,
  checkLine,
  checkLoop,
  connected,
  delaySeconds,
  effectiveCapacitanceFarads,
  type GeneratorDistortion,
  type GroundLoop,
  IDEAL_INSTRUMENT,
  type Instrument,
  type Line,
  type Loop,
  lineOf,
  NO_DISTORTION,
  NO_GROUND_LOOP,
  type Party,
  type Resistor,
  RG58,
  resistiveLine,
  resistorOf,
  type SymmetricLoop,
  symmetricLoop,
} from './wire/model.ts'

// exchange

// attacks

// defences

// cables (time domain and per frequency)

// distil
