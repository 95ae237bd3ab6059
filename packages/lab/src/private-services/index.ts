import type { AnyScenario } from '../scenario.ts'
import { attackMatrix } from './attack-matrix.ts'
import { silence } from './silence.ts'

export const scenarios: readonly AnyScenario[] = [attackMatrix, silence]
