import { CABLE_DEFENCES, type Cable, type CableDefence, cableLoop, type Loop, RG58 } from '@warren/kljn'
import type { Parameter, ParameterSchema } from '../parameters.ts'

const CABLES: Record<string, Cable> = { RG58 }

/** The paper's scheme on a real cable. */
export interface CableParameters {
  cable: string
  length: number
  high: number
  low: number
  bandwidth: number
  gain: number
}

export const cableParameters: ParameterSchema<CableParameters> = {
  cable: { kind: 'choice', default: 'RG58', choices: Object.keys(CABLES), help: 'kind of cable' },
  length: {
    kind: 'number',
    unit: 'm',
    default: 100,
    min: 0,
    exclusiveMin: true,
    max: 2e6,
    help: 'length of the cable',
  },
  high: { kind: 'number', unit: 'Ω', default: 9000, min: 0, exclusiveMin: true, max: 1e9, help: 'R_H' },
  low: { kind: 'number', unit: 'Ω', default: 1000, min: 0, exclusiveMin: true, max: 1e9, help: 'R_L' },
  bandwidth: {
    kind: 'number',
    unit: 'Hz',
    default: 250,
    min: 0,
    exclusiveMin: true,
    max: 1e9,
    help: 'noise bandwidth',
  },
  gain: {
    kind: 'number',
    default: 0.99,
    min: 0,
    max: 1,
    help: "gain of the capacitor killer's shield driver: 1 − gain of the capacitance stays",
  },
}

export function defenceParameter(value: CableDefence[]): Parameter<CableDefence[]> {
  return {
    kind: 'list',
    default: value,
    choices: CABLE_DEFENCES,
    help: 'defences: β of eq. (11), the exact β*, the capacitor killer',
  }
}

export function loopOnCable(
  p: CableParameters,
  defences: readonly CableDefence[] = [],
  lengthMetres = p.length,
): Loop {
  return cableLoop({
    cable: CABLES[p.cable] as Cable,
    lengthMetres,
    lowOhms: p.low,
    highOhms: p.high,
    bandwidthHertz: p.bandwidth,
    defences,
    shieldDriverGain: p.gain,
  })
}

export function cableNamed(name: string): Cable {
  return CABLES[name] as Cable
}

/** N of one bit: even, because a harmonic is two numbers. */
export function evenSamplesParameter(value: number): Parameter<number> {
  return {
    kind: 'integer',
    default: value,
    min: 2,
    max: 65_536,
    help: 'N = 2BT, real numbers a bit period; even',
  }
}

/** Logarithmically spaced, both ends included. */
export function logSpaced(from: number, to: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => from * (to / from) ** (i / (count - 1)))
}
