import { type EquationParameters, type Loop, loopOf } from '@warren/kljn'
import type { Parameter, ParameterSchema } from '../parameters.ts'

/** The paper's letters, as parameters of a scenario. */
export interface LoopParameters {
  rh: number
  rl: number
  rc: number
  temperature: number
  bandwidth: number
}

const ohms = (name: string, value: number, exclusiveMin: boolean): Parameter<number> => ({
  kind: 'number',
  unit: 'Ω',
  default: value,
  min: 0,
  exclusiveMin,
  max: 1e9,
  help: name,
})

/** The example of the spec: R_H = 9 kΩ, R_L = 1 kΩ, R_c = 200 Ω. */
export const loopParameters: ParameterSchema<LoopParameters> = {
  rh: ohms('R_H, the high resistance', 9000, true),
  rl: ohms('R_L, the low resistance', 1000, true),
  rc: ohms('R_c, the resistance of the cable', 200, false),
  temperature: {
    kind: 'number',
    unit: 'K',
    default: 1e9,
    min: 0,
    exclusiveMin: true,
    max: 1e20,
    help: 'T_eff, noise temperature of the generators of the R_H resistors',
  },
  bandwidth: {
    kind: 'number',
    unit: 'Hz',
    default: 1000,
    min: 0,
    exclusiveMin: true,
    max: 1e12,
    help: 'Δf, noise bandwidth',
  },
}

export function equationParameters(p: LoopParameters, beta = 1): EquationParameters {
  return {
    highOhms: p.rh,
    lowOhms: p.rl,
    cableOhms: p.rc,
    temperatureKelvin: p.temperature,
    bandwidthHertz: p.bandwidth,
    beta,
  }
}

export function loopFrom(p: LoopParameters, beta = 1): Loop {
  return loopOf(equationParameters(p, beta))
}

export function offsetOhms(p: LoopParameters) {
  return { highOhms: p.rh, lowOhms: p.rl, cableOhms: p.rc }
}

/** N: how many independent samples Eve has of a bit. */
export function samplesParameter(value: number): Parameter<number> {
  return {
    kind: 'integer',
    default: value,
    min: 2,
    max: 1_000_000,
    help: 'N = 2·Δf·T, independent samples in one bit',
  }
}

export function bitsParameter(value: number): Parameter<number> {
  return { kind: 'integer', default: value, min: 100, max: 100_000_000, help: 'simulated bit exchanges' }
}
