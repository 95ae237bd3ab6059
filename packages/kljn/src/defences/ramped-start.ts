import { checkRange } from '../range.ts'

/** The generators' gain at a time after the switches close, 0 … 1. */
export type Ramp = (seconds: number) => number

/** No defence: the noise is there at once. */
export const abruptStart: Ramp = () => 1

/**
 * Both generators come up together, as (1 − cos)/2 over `seconds`, so that next to nothing is on the line while Eve can
 * hear the ends apart. It makes what she hears small, not equal: it protects as far as her coupler is noisy.
 */
export function rampedStart(seconds: number): Ramp {
  checkRange('seconds', seconds, { unit: 's', moreThan: 0, max: 1e9 })
  // sin²: (1 − cos)/2 without the cancellation near 0
  return (t) => (t >= seconds ? 1 : t <= 0 ? 0 : Math.sin((Math.PI * t) / (2 * seconds)) ** 2)
}
