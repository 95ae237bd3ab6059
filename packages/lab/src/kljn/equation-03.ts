import { cableHeatingByHigh } from '@warren/kljn'
import { equationScenario } from './equation-scenario.ts'

export const equation03 = equationScenario({
  number: 3,
  title: 'heating of the cable from the H end',
  section: '§2.1, eq. (3)',
  summary:
    'The power that the generator of R_H alone turns into heat in the cable. Simulated with the generator of R_L switched off.',
  rows: [
    {
      id: 'holds',
      statement: 'P_Hc = ⟨I_A²⟩R_c = 4kT_eff·R_H·Δf·R_c/(R_H + R_c + R_L)²',
      stands: 'holds',
      unit: 'W',
      formula: cableHeatingByHigh,
      measure: (m, p) => m.ii * p.cableOhms,
      alter: (state) => ({ ...state, bobVolts2: 0 }),
    },
  ],
  planted: {
    what: 'that of a cable with 2 % more resistance',
    value: (p) => cableHeatingByHigh({ ...p, cableOhms: 1.02 * p.cableOhms }),
  },
})
