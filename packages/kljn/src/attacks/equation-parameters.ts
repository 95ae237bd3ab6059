import { checkRange } from '../range.ts'
import { BOLTZMANN_JOULES_PER_KELVIN } from '../wire/constants.ts'
import { type Loop, resistiveLine, symmetricLoop } from '../wire/model.ts'

/** The letters of the paper's equations. */
export interface EquationParameters {
  /** R_H. */
  highOhms: number
  /** R_L. */
  lowOhms: number
  /** R_c. */
  cableOhms: number
  /** T_eff. */
  temperatureKelvin: number
  /** Δf. */
  bandwidthHertz: number
  /** The R_L resistors are at β·T_eff; 1 without the defence of §2.3. */
  beta: number
}

/** K = 4kT_eff·Δf, in watts. */
export function noiseWatts({ temperatureKelvin, bandwidthHertz }: EquationParameters): number {
  return 4 * BOLTZMANN_JOULES_PER_KELVIN * temperatureKelvin * bandwidthHertz
}

/** S = R_H + R_c + R_L. */
export function sumOhms({ highOhms, lowOhms, cableOhms }: EquationParameters): number {
  return highOhms + cableOhms + lowOhms
}

export function checkEquationParameters(p: EquationParameters): EquationParameters {
  checkRange('cableOhms', p.cableOhms, { unit: 'Ω', min: 0, max: 1e12 })
  loopOf(p)
  return p
}

/** The loop that the equations describe; they speak of the state HL (Alice has R_H). */
export function loopOf(p: EquationParameters): Loop {
  const { highOhms, lowOhms, cableOhms, temperatureKelvin, bandwidthHertz, beta } = p
  return symmetricLoop({
    highOhms,
    lowOhms,
    temperatureKelvin,
    bandwidthHertz,
    beta,
    line: resistiveLine(cableOhms),
  })
}
