// Sorted by file: attacks, defences, distil, exchange, noise, wire. A room is described in the README.
export {
  bsyRule,
  ksDifference,
  ksDifferenceWithOffset,
  ksDifferenceWithOffsetPrinted,
} from './attacks/bergou-scheuer-yariv.ts'
export { crossoverHertz, quadratureStatistic, shortCableCorrelation } from './attacks/cable-capacitance.ts'
export { correlationPhases, inPhaseStatistic } from './attacks/cable-resistance.ts'
export { directionalStatistic, wavePowers } from './attacks/directional-wave.ts'
export {
  checkEquationParameters,
  type EquationParameters,
  loopOf,
  noiseWatts,
  sumOhms,
} from './attacks/equation-parameters.ts'
export {
  distortedPower,
  secondMomentEquivalent,
  thirdOrderDistortion,
  totalDistortion,
} from './attacks/generator-nonlinearity.ts'
export { decideByGround, groundLoopChance } from './attacks/ground-loop.ts'
export {
  haoCurrentDifference,
  haoRule,
  haoVoltageDifference,
  type TemperatureMismatch,
  withTemperatures,
} from './attacks/hao-temperature.ts'
export { type Injection, injection, injectionExcess, injectionStatistic } from './attacks/injection.ts'
export { chanceWithInstrument } from './attacks/instrument-error.ts'
export { decideWithSeed, type GeneratorKnowledge, knownGeneratorAttack } from './attacks/known-generator.ts'
export {
  chanceOfCorrelation,
  correlation,
  leakedBits,
  optimalAttack,
  optimalRule,
} from './attacks/likelihood-ratio.ts'
export { manInTheMiddle } from './attacks/man-in-the-middle.ts'
export { nonGaussianAttack, type ShapeAttack } from './attacks/non-gaussian.ts'
export {
  cableHeatingByHigh,
  cableHeatingByLow,
  powerDifference,
  powerDifferencePrinted,
  powerOutOfHigh,
  powerOutOfLow,
  secondLawRule,
} from './attacks/second-law.ts'
export {
  type Contrast,
  contrast,
  correlationOf,
  endCovariance,
  type Hermitian,
  type OptimalTest,
  optimalCableAttack,
  optimalTest,
  spectralContrast,
  spectralCorrelation,
  spectrum,
} from './attacks/spectral-likelihood.ts'
export { firstWaveVolts, type TransientRun, transientAttack, transientChance } from './attacks/transient.ts'
export { hitRates, likelihoodStatistic, type Statistic, tapWire } from './attacks/wire-tap.ts'
export { CABLE_DEFENCES, type CableDefence, type CableLoop, cableLoop } from './defences/cable-defence.ts'
export { withCapacitorKiller } from './defences/capacitor-killer.ts'
export {
  alarmChance,
  alarmThreshold,
  type Comparison,
  comparison,
  type MeterSigma,
  raiseAlarm,
} from './defences/comparison.ts'
export { samplesFor } from './defences/intelligent.ts'
export { guessAfterChain, guessWithFormerKey } from './defences/keyed.ts'
export { type MultipleLeak, multipleLeak, type ResistorSet, truthTable } from './defences/multiple.ts'
export { abruptStart, type Ramp, rampedStart } from './defences/ramped-start.ts'
export {
  chanceAliceHigher,
  explanation,
  type Generator,
  otherEnd,
  type RandomRange,
  type WireMoments,
  wireMoments,
} from './defences/random-resistor.ts'
export { equaliseTemperature } from './defences/temperature-equalisation.ts'
export { exactBeta, type OffsetOhms, unsafePaperBeta } from './defences/temperature-offset.ts'
export { type FourResistors, type FourVariances, vmgLoop, vmgVariances } from './defences/vmg.ts'
export { type Bits, countDifferences, packBits, unpackBits } from './distil/bits.ts'
export {
  answerParities,
  type CascadeOptions,
  type CascadeResult,
  cascade,
  cascadeOrders,
  type ParityQuestion,
} from './distil/cascade.ts'
export {
  keptBitsFor,
  type Ledger,
  type LedgerInput,
  ledger,
  residualInformationBits,
} from './distil/ledger.ts'
export { commonPositions, isMixed, type Reading, siftedBits } from './distil/sifting.ts'
export { toeplitzHash, toeplitzSeedBits } from './distil/toeplitz.ts'
export { errorAfterXor, guessAfterXor, guessInformationBits, xorAmplify } from './distil/xor-amplification.ts'
export { KljnError, type KljnErrorCode } from './errors.ts'
export {
  DECISION_MODES,
  type Decision,
  type DecisionMode,
  type PartyName,
  partyDecision,
} from './exchange/decision.ts'
export { type Experiment, eveChance, runTimeDomain, runWishart, type Tally } from './exchange/experiment.ts'
export {
  type KeyExchange,
  type KeyExchangeOptions,
  keyExchange,
} from './exchange/key-exchange.ts'
export { type MomentEngine, plainMomentEngine } from './exchange/moment-engine.ts'
export { quadraticFormAbove, type WeightedChiSquare } from './exchange/quadratic-form.ts'
export {
  middleReadingsCovariance,
  type Readings,
  readings,
  readingsCovariance,
} from './exchange/readings.ts'
export { type EveResult, runEve } from './exchange/roles/eve.ts'
export { meterNoise, type SessionSettings } from './exchange/roles/settings.ts'
export type { Intrusion } from './exchange/roles/wire.ts'
export { type Rule, ruleChance, ruleValue } from './exchange/rule.ts'
export { hasSimd, simdMomentEngine } from './exchange/simd-moment-engine.ts'
export type { SpectralDecision } from './exchange/spectral-decision.ts'
export {
  type BitTraces,
  runTraces,
  type TraceExperiment,
  type TraceSource,
  type TraceTally,
  traceSource,
} from './exchange/trace-experiment.ts'
export {
  type Covariance,
  type Distinguishability,
  distinguish,
  relativeEigenvalues,
} from './exchange/two-gaussians.ts'
export { type GeneratorSums, momentsOfSums, type WishartSource, wishartSource } from './exchange/wishart.ts'
export {
  type Band,
  type BandLimit,
  type BandLimitedSource,
  bandLimitedNoise,
  harmonicsIn,
} from './noise/band-limited.ts'
export { type ChiSquareSource, chiSquareSource } from './noise/chi-square.ts'
export { type Fft, fft, periodogram } from './noise/fft.ts'
export { type GaussianSource, gaussianSource } from './noise/gaussian.ts'
export { type Prng, seededPrng } from './noise/prng.ts'
export { logDensity, NOISE_SHAPES, type NoiseShape, type ShapedSource, shapedSource } from './noise/shape.ts'
export { checkRange, type Range } from './range.ts'
export {
  binaryEntropy,
  chiSquareAbove,
  chiSquareBelow,
  logGamma,
  normalBelow,
  normalQuantile,
  regularisedBeta,
  regularisedGamma,
} from './special-functions.ts'
export {
  expectedMoments,
  type LoopState,
  loopState,
  type Moments,
  measuredMoments,
  middleCovariance,
  solveResistiveLoop,
  type Traces,
} from './wire/algebraic.ts'
export type { Complex } from './wire/complex.ts'
export {
  BOLTZMANN_JOULES_PER_KELVIN,
  johnsonVoltsSquared,
  LIGHT_METRES_PER_SECOND,
} from './wire/constants.ts'
export { delayLine, type WavesAtEnds } from './wire/delay-line.ts'
export { distort } from './wire/generator.ts'
export { groundVolts } from './wire/ground.ts'
export {
  type EndHarmonics,
  emptyEnds,
  generatorNoise,
  type HarmonicLoop,
  type Harmonics,
  harmonicLoop,
  inTime,
  meanSquare,
  type SolveState,
} from './wire/harmonics.ts'
export { FULL_SCALE_RMS, type MeterNoise, measure } from './wire/instrument.ts'
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
export { largestStableStep, type NodalOptions, nodal } from './wire/nodal.ts'
export type { EndSample, TimeSolver } from './wire/time-solver.ts'
export {
  halfOf,
  injectionTransfer,
  type LoopTransfer,
  ladder,
  solveLoop,
  type TwoPort,
  telegrapher,
} from './wire/two-port.ts'
