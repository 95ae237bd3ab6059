import { exactBeta, powerDifference } from '@warren/kljn'
import { equationScenario } from './equation-scenario.ts'

export const equation10 = equationScenario({
  number: 10,
  title: 'the condition of the defence',
  section: '§2.3, eq. (10)',
  summary:
    'The defence asks for a temperature ratio β at which the two powers are equal. There is one, and it is not that of eq. (11): β* = (1 + R_c/2R_L)/(1 + R_c/2R_H).',
  rows: [
    {
      id: 'solution',
      beyond: true,
      statement: 'ΔP_HL(T_eff, β·T_eff) = 0 has a solution: β* = (1 + R_c/2R_L)/(1 + R_c/2R_H)',
      stands: 'holds',
      unit: 'W',
      beta: exactBeta,
      formula: () => 0,
      measure: (m) => m.uai + m.ubi,
    },
  ],
  planted: { what: 'that at 1.02·β*', value: (p) => powerDifference({ ...p, beta: 1.02 * exactBeta(p) }) },
})
