import type { GroundLoop } from './model.ts'

/** The voltage between the parties' grounds at time t, V. It drives a current from Alice to Bob. */
export function groundVolts(ground: GroundLoop, seconds: number): number {
  return ground.dcVolts + ground.acAmplitudeVolts * Math.sin(2 * Math.PI * ground.acHertz * seconds)
}
