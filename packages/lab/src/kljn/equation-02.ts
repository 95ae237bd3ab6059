import { type EquationParameters, johnsonVoltsSquared, type Moments } from '@warren/kljn'
import { equationScenario } from './equation-scenario.ts'

const johnson = (p: EquationParameters, ohms: number) =>
  johnsonVoltsSquared(p.temperatureKelvin, ohms, p.bandwidthHertz)

/** ⟨(U_cH + I·R)²⟩: with R = R_H, the generator's voltage, taken from what is measured at the end of the cable. */
const behind = (m: Moments, ohms: number) => m.uaua + 2 * ohms * m.uai + ohms * ohms * m.ii

export const equation02 = equationScenario({
  number: 2,
  title: "Johnson's formula",
  section: '§2.1, eq. (2)',
  summary:
    'The mean square of the noise voltage of a resistor in a band Δf. Measured from the voltage and the current at the end of the cable, from which the voltage of the generator behind the resistor follows.',
  rows: [
    {
      id: 'holds',
      statement: '⟨U_R²⟩ = 4kT_eff·R·Δf',
      stands: 'holds',
      unit: 'V²',
      formula: (p) => johnson(p, p.highOhms),
      measure: (m, p) => behind(m, p.highOhms),
    },
  ],
  planted: { what: 'that of a resistor taken 2 % too large', value: (p) => johnson(p, 1.02 * p.highOhms) },
})
