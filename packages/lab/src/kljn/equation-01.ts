import { ksDifference } from '@warren/kljn'
import { equationScenario } from './equation-scenario.ts'

export const equation01 = equationScenario({
  number: 1,
  title: 'the difference of the mean squares at the two ends',
  section: '§1, eq. (1)',
  summary:
    'The cable-resistance attack of Bergou, Scheuer and Yariv in the form of Kish and Scheuer: the end with the larger resistor shows the larger mean square, by a part that grows with the square of the cable resistance.',
  rows: [
    {
      id: 'holds',
      statement: '|⟨U_cH²⟩ − ⟨U_cL²⟩| = 4kT_eff·Δf·R_c²(R_H − R_L)/(R_H + R_c + R_L)²',
      stands: 'holds',
      unit: 'V²',
      formula: ksDifference,
      measure: (m) => Math.abs(m.uaua - m.ubub),
    },
  ],
  planted: {
    what: 'that of a cable with 15 % more resistance',
    value: (p) => ksDifference({ ...p, cableOhms: 1.15 * p.cableOhms }),
  },
})
