import { checkRange } from '../range.ts'
import type { Line } from '../wire/model.ts'

/**
 * The capacitor killer: a driver keeps the cable's shield at the wire's own voltage, so that no charging current flows
 * between them. Its gain falls short of 1, and the fraction 1 − gain of the capacitance stays.
 */
export function withCapacitorKiller(line: Line, gain: number): Line {
  checkRange('gain', gain, { unit: '', min: 0, max: 1 })
  return { ...line, shieldDriverGain: gain }
}
