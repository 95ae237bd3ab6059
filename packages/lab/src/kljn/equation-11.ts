import { exactBeta, powerDifference, unsafePaperBeta } from '@warren/kljn'
import { equationScenario } from './equation-scenario.ts'

export const equation11 = equationScenario({
  number: 11,
  title: 'the temperature ratio of the defence',
  section: '§2.3, eq. (11)',
  summary:
    'β = (1 + R_c/R_L)/(1 + R_c/R_H) equates only the forward terms of (5) and (6) and forgets what flows back. It multiplies Eve’s signal by −R_H/(R_H + R_c): the sign turns round, and Eve with it.',
  rows: [
    {
      id: 'printed',
      statement: 'With β of eq. (11) the difference of the powers vanishes',
      stands: 'fails',
      unit: 'W',
      beta: unsafePaperBeta,
      formula: () => 0,
      measure: (m) => m.uai + m.ubi,
    },
    {
      id: 'turned-round',
      beyond: true,
      statement: 'With β of eq. (11) the difference of the powers is −R_H/(R_H + R_c) of what it was',
      stands: 'holds',
      unit: 'W',
      beta: unsafePaperBeta,
      formula: (p) => (-p.highOhms / (p.highOhms + p.cableOhms)) * powerDifference({ ...p, beta: 1 }),
      measure: (m) => m.uai + m.ubi,
    },
    {
      id: 'mended',
      statement: 'With β* = (1 + R_c/2R_L)/(1 + R_c/2R_H) the difference of the powers vanishes',
      stands: 'holds',
      unit: 'W',
      beta: exactBeta,
      formula: () => 0,
      measure: (m) => m.uai + m.ubi,
    },
  ],
  planted: {
    what: 'that with β of eq. (11)',
    value: (p) => powerDifference({ ...p, beta: unsafePaperBeta(p) }),
  },
})
