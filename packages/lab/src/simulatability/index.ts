import type { AnyScenario } from '../scenario.ts'
import { composition } from './composition.ts'

export const scenarios: readonly AnyScenario[] = [composition]
