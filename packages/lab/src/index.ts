export { LabError } from './errors.ts'
export type { Drawing, Figure, Histogram, MessageSequence, Series, Table } from './figure.ts'
export { type AnyParameter, describeParameter } from './parameters.ts'
export { figuresToCsv } from './print/csv.ts'
export { figuresToSvg } from './print/svg.ts'
export { claimsToText, figuresToText } from './print/text.ts'
export { findScenario, listScenarios } from './registry.ts'
export {
  type ClaimOutcome,
  checkClaims,
  DEFAULT_SEED,
  type RunOutcome,
  runScenario,
  type Skipped,
} from './run.ts'
export {
  type AnyScenario,
  type Claim,
  COLLECTIONS,
  defineScenario,
  NEEDS,
  type Progress,
  type Scenario,
} from './scenario.ts'
