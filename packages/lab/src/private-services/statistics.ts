/** z for a two-sided chance of a false alarm of 1 in 1000. */
export const Z_999 = 3.2905

/** Wilson's score interval for `successes` of `trials`. */
export function wilson(successes: number, trials: number, z = Z_999): readonly [low: number, high: number] {
  const p = successes / trials
  const z2 = z * z
  const centre = (p + z2 / (2 * trials)) / (1 + z2 / trials)
  const half = (z / (1 + z2 / trials)) * Math.sqrt((p * (1 - p)) / trials + z2 / (4 * trials * trials))
  return [Math.max(0, centre - half), Math.min(1, centre + half)]
}
