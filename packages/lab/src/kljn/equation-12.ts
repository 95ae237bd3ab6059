import { ksDifferenceWithOffset, ksDifferenceWithOffsetPrinted, unsafePaperBeta } from '@warren/kljn'
import { equationScenario } from './equation-scenario.ts'

export const equation12 = equationScenario({
  number: 12,
  title: 'the mean squares with a temperature offset',
  section: '§2.3, eq. (12)',
  summary:
    'The difference of the mean squares when the R_L resistors are β times as hot. A factor 2 is missing in front of αR_HR_c(β − 1); because of it (11), (12) and (13) agree with each other.',
  rows: [
    {
      id: 'printed',
      statement: 'Δ_KS = 4kT_eff·Δf·R_H·|R_c²(1 − αβ) − αR_HR_c(β − 1)|/(R_H + R_c + R_L)², as printed',
      stands: 'fails',
      unit: 'V²',
      beta: unsafePaperBeta,
      formula: ksDifferenceWithOffsetPrinted,
      measure: (m) => Math.abs(m.uaua - m.ubub),
    },
    {
      id: 'mended',
      statement: 'Δ_KS = 4kT_eff·Δf·R_H·|R_c²(1 − αβ) − 2αR_HR_c(β − 1)|/(R_H + R_c + R_L)²',
      stands: 'holds',
      unit: 'V²',
      beta: unsafePaperBeta,
      formula: ksDifferenceWithOffset,
      measure: (m) => Math.abs(m.uaua - m.ubub),
    },
  ],
  planted: {
    what: 'what eq. (12) prints',
    value: (p) => ksDifferenceWithOffsetPrinted({ ...p, beta: unsafePaperBeta(p) }),
  },
})
