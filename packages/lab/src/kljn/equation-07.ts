import { powerDifference, powerDifferencePrinted } from '@warren/kljn'
import { equationScenario } from './equation-scenario.ts'

export const equation07 = equationScenario({
  number: 7,
  title: 'the difference of the powers',
  section: '§2.1, eq. (7)',
  summary:
    'Eve’s signal in the Second-Law attack. The paper prints R_H + R_L where (5) less (6) gives R_H − R_L. The sum would be the heat in the cable, and says nothing about direction: it would not vanish even for R_H = R_L.',
  rows: [
    {
      id: 'printed',
      statement: 'ΔP_HL = 4kT_eff·Δf·R_c(R_H + R_L)/(R_H + R_c + R_L)², as printed',
      stands: 'fails',
      unit: 'W',
      formula: powerDifferencePrinted,
      measure: (m) => m.uai + m.ubi,
    },
    {
      id: 'mended',
      statement: 'ΔP_HL = 4kT_eff·Δf·R_c(R_H − R_L)/(R_H + R_c + R_L)²',
      stands: 'holds',
      unit: 'W',
      formula: powerDifference,
      measure: (m) => m.uai + m.ubi,
    },
    {
      id: 'heat',
      beyond: true,
      statement: 'What eq. (7) prints is the heat in the cable, ⟨I²⟩R_c',
      stands: 'holds',
      unit: 'W',
      formula: powerDifferencePrinted,
      measure: (m, p) => m.ii * p.cableOhms,
    },
  ],
  planted: { what: 'the difference of the powers', value: powerDifference },
})
