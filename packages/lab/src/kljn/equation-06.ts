import { noiseWatts, powerOutOfLow, sumOhms } from '@warren/kljn'
import { equationScenario } from './equation-scenario.ts'

export const equation06 = equationScenario({
  number: 6,
  title: 'power out of the L end',
  section: '§2.1, eq. (6)',
  summary:
    'The mean power that flows from the L end into the cable: what the L generator delivers into R_c + R_H, less what the H generator delivers into R_L.',
  rows: [
    {
      id: 'holds',
      statement: 'P_LH = ⟨−I·U_cL⟩ = 4kT_eff·Δf·R_L·R_c/(R_H + R_c + R_L)²',
      stands: 'holds',
      unit: 'W',
      formula: (p) => (noiseWatts(p) * p.lowOhms * p.cableOhms) / sumOhms(p) ** 2,
      measure: (m) => -m.ubi,
    },
    {
      id: 'both-terms',
      statement:
        'Its two terms, at a temperature ratio of 1.1 as well: P_LH = K·(β·R_L(R_c + R_H) − R_H·R_L)/S²',
      stands: 'holds',
      unit: 'W',
      beta: () => 1.1,
      formula: powerOutOfLow,
      measure: (m) => -m.ubi,
    },
  ],
  planted: { what: 'that at equal temperatures', value: powerOutOfLow },
})
