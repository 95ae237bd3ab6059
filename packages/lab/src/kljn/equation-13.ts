import { exactBeta, ksDifferenceWithOffset, unsafePaperBeta } from '@warren/kljn'
import { equationScenario } from './equation-scenario.ts'

export const equation13 = equationScenario({
  number: 13,
  title: 'the mean squares under the defence',
  section: '§2.3, eq. (13)',
  summary:
    'The paper finds the difference of the mean squares to vanish at β of eq. (11). It does not: it is R_H/(R_H + R_c) of what it was, the other way round. At β* it vanishes.',
  rows: [
    {
      id: 'printed',
      statement: 'With β of eq. (11) the mean squares at the two ends are equal',
      stands: 'fails',
      unit: 'V²',
      beta: unsafePaperBeta,
      formula: () => 0,
      measure: (m) => m.uaua - m.ubub,
    },
    {
      id: 'mended',
      statement: 'With β* the mean squares at the two ends are equal',
      stands: 'holds',
      unit: 'V²',
      beta: exactBeta,
      formula: () => 0,
      measure: (m) => m.uaua - m.ubub,
    },
  ],
  planted: {
    what: 'that with β of eq. (11)',
    value: (p) => -ksDifferenceWithOffset({ ...p, beta: unsafePaperBeta(p) }),
  },
})
