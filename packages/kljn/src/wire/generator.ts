import type { GeneratorDistortion } from './model.ts'

/** What a generator makes of the voltage it was asked for; see GeneratorDistortion. All voltages in V. */
export function distort(
  volts: number,
  rms: number,
  highRms: number,
  { second, third }: GeneratorDistortion,
): number {
  return volts + (second * (volts * volts - rms * rms)) / highRms + (third * volts ** 3) / (highRms * highRms)
}
