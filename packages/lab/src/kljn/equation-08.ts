import { powerDifference } from '@warren/kljn'
import { equationScenario } from './equation-scenario.ts'

export const equation08 = equationScenario({
  number: 8,
  title: 'the difference of the powers, as it is measured',
  section: '§2.1, eq. (8)',
  summary:
    'Eve correlates the sum of the two end voltages with the current. Sample by sample U_cH − U_cL = R_c·I, so this is also the difference of the mean squares over R_c: the Second-Law attack and the BSY attack are one measurement.',
  rows: [
    {
      id: 'holds',
      statement: 'P_HL − P_LH = ⟨[U_cH + U_cL]·I⟩',
      stands: 'holds',
      unit: 'W',
      formula: powerDifference,
      measure: (m) => m.uai + m.ubi,
    },
    {
      id: 'same-as-bsy',
      beyond: true,
      statement: 'ΔP = ΔKS/R_c: (⟨U_cH²⟩ − ⟨U_cL²⟩)/R_c is the same number',
      stands: 'holds',
      unit: 'W',
      formula: powerDifference,
      measure: (m, p) => (m.uaua - m.ubub) / p.cableOhms,
    },
  ],
  planted: {
    what: 'that at a temperature ratio of 1.02',
    value: (p) => powerDifference({ ...p, beta: 1.02 }),
  },
})
