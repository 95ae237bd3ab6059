import { cableHeatingByHigh, cableHeatingByLow } from '@warren/kljn'
import { equationScenario } from './equation-scenario.ts'

export const equation04 = equationScenario({
  number: 4,
  title: 'heating of the cable from the L end',
  section: '§2.1, eq. (4)',
  summary:
    'The power that the generator of R_L alone turns into heat in the cable. The paper prints R_w once, where the cable resistance R_c is meant.',
  rows: [
    {
      id: 'holds',
      statement: 'P_Lc = ⟨I_B²⟩R_c = 4kT_eff·R_L·Δf·R_c/(R_H + R_c + R_L)²',
      stands: 'holds',
      unit: 'W',
      formula: cableHeatingByLow,
      measure: (m, p) => m.ii * p.cableOhms,
      alter: (state) => ({ ...state, aliceVolts2: 0 }),
    },
    {
      id: 'ratio',
      statement: 'P_Lc = P_Hc·R_L/R_H',
      stands: 'holds',
      unit: 'W',
      formula: (p) => (cableHeatingByHigh(p) * p.lowOhms) / p.highOhms,
      measure: (m, p) => m.ii * p.cableOhms,
      alter: (state) => ({ ...state, aliceVolts2: 0 }),
    },
  ],
  planted: {
    what: 'that of a cable with 2 % more resistance',
    value: (p) => cableHeatingByLow({ ...p, cableOhms: 1.02 * p.cableOhms }),
  },
})
