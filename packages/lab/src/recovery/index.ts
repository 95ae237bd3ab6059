import type { AnyScenario } from '../scenario.ts'
import { vaultProcesses } from './vault-processes.ts'

export const scenarios: readonly AnyScenario[] = [vaultProcesses]
