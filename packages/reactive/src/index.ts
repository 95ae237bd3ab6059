export { ReactiveError, type ReactiveErrorCode } from './errors.ts'
export { type AllK, judge, type Small } from './measure/all-k.ts'
export { approximatePrefixDistance } from './measure/approximate.ts'
export { type Directions, directions, distanceAfter, wholeDistance } from './measure/directions.ts'
export { type Distance, prefixDistance, prefixDistances, wholeInterval } from './measure/distance.ts'
export {
  bestDistinguisher,
  type Distinguisher,
  type WeighedView,
  weighedViews,
} from './measure/distinguisher.ts'
export { areEquivalent } from './measure/equivalence.ts'
export { type Pair, type PairOptions, pair, pairForAllK } from './measure/pair.ts'
export {
  addSmall,
  formatSmall,
  isExpSmall,
  isExpSmallAsPrinted,
  isNegligible,
  leadingTerm,
  type Smallness,
  valueAt,
} from './measure/small.ts'
export { compareSure, judgeSure, type Prefix, type SureComparison } from './measure/sure.ts'
export { formatVerdict, type Verdict } from './measure/verdict.ts'
export {
  bufferNames,
  type Collection,
  checkClosed,
  collection,
  freePorts,
  isClosed,
  ports,
} from './model/collection.ts'
export { type Combination, combine, isCombination } from './model/combination.ts'
export { type Connection, collectionToText, connections } from './model/connection.ts'
export { type CounterDeclaration, type CounterReading, counter } from './model/counter.ts'
export { collectionToSvg } from './model/drawing.ts'
export { RationalFunction } from './model/field.ts'
export {
  type Activation,
  isMaster,
  type Machine,
  type MachineDefinition,
  machine,
  type Output,
  type State,
} from './model/machine.ts'
export { Polynomial, type Term, twoToTheK, x } from './model/polynomial.ts'
export { complement, formatPort, MASTER_CLOCK, type Port, PortSet, parsePort } from './model/port.ts'
export { type Fraction, fraction, Rational } from './model/rational.ts'
export { choose, Distribution, deliver, either, type Reaction, uniform } from './model/reaction.ts'
export {
  adversaryPorts,
  type Closed,
  type Configuration,
  closed,
  compose,
  configuration,
  correspondingStructures,
  corruptionKey,
  forbiddenPorts,
  openStructure,
  type Structure,
  type System,
  structure,
  system,
  whyNotComposable,
} from './model/structure.ts'
export { type SecurityParameter, Uniformity } from './run/counting.ts'
export { type Run, type RunOptions, run, runProgram } from './run/interpreter.ts'
export { type Budget, DEFAULT_BUDGET, DEFAULT_READING, type Reading } from './run/options.ts'
export { Program, type ProgramOptions } from './run/program.ts'
export { type Comparison, compareViews, Entries, type Entry, View } from './run/view.ts'
export { Player, type PlayerMove } from './search/player.ts'
export {
  bestSimulator,
  bestUniversalSimulator,
  type SearchOptions,
  type SimulatorSearch,
} from './search/simulator.ts'
export { formatStrategy, type Strategy } from './search/strategy.ts'
