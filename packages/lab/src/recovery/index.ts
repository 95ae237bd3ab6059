import type { AnyScenario } from '../scenario.ts'
import { chainLength } from './chain-length.ts'
import { collusion } from './collusion.ts'
import { deploymentCost } from './deployment-cost.ts'
import { executionTimes } from './execution-times.ts'
import { operations } from './operations.ts'
import { threshold } from './threshold.ts'
import { vaultProcesses } from './vault-processes.ts'

export const scenarios: readonly AnyScenario[] = [
  operations,
  vaultProcesses,
  chainLength,
  executionTimes,
  deploymentCost,
  collusion,
  threshold,
]
