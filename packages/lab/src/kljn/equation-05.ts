import { noiseWatts, powerOutOfHigh, sumOhms } from '@warren/kljn'
import { equationScenario } from './equation-scenario.ts'

export const equation05 = equationScenario({
  number: 5,
  title: 'power out of the H end',
  section: '§2.1, eq. (5)',
  summary:
    'The mean power that flows from the H end into the cable: what the H generator delivers into R_c + R_L, less what the L generator delivers into R_H.',
  rows: [
    {
      id: 'holds',
      statement: 'P_HL = ⟨I·U_cH⟩ = 4kT_eff·Δf·R_H·R_c/(R_H + R_c + R_L)²',
      stands: 'holds',
      unit: 'W',
      formula: (p) => (noiseWatts(p) * p.highOhms * p.cableOhms) / sumOhms(p) ** 2,
      measure: (m) => m.uai,
    },
    {
      id: 'both-terms',
      statement:
        'Its two terms, at a temperature ratio of 1.1 as well: P_HL = K·(R_H(R_c + R_L) − β·R_L·R_H)/S²',
      stands: 'holds',
      unit: 'W',
      beta: () => 1.1,
      formula: powerOutOfHigh,
      measure: (m) => m.uai,
    },
  ],
  planted: { what: 'that at equal temperatures', value: powerOutOfHigh },
})
