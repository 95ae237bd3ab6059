import type { AnyScenario } from '../scenario.ts'
import { activeAttacksScenario } from './active-attacks.ts'
import { cableCapacitanceScenario } from './cable-capacitance.ts'
import { cableSolversScenario } from './cable-solvers.ts'
import { directionalWaveScenario } from './directional-wave.ts'
import { keyExchangeScenario } from './key-exchange.ts'
import { privacyAmplificationScenario } from './privacy-amplification.ts'
import { realCableScenario } from './real-cable.ts'
import { transientScenario } from './transient.ts'

/** The exchange from end to end, cables, and active attacks. */
export const cableScenarios: readonly AnyScenario[] = [
  keyExchangeScenario,
  cableSolversScenario,
  realCableScenario,
  cableCapacitanceScenario,
  directionalWaveScenario,
  transientScenario,
  activeAttacksScenario,
  privacyAmplificationScenario,
]
