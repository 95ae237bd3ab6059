/** Recovery, Table 3: milliseconds, by level from 1. */
export const SERVER_MS = {
  keyGen: 0.1,
  rkGen: 4.52,
  encapsulate: 3.31,
  reencrypt: [11.42, 15.84, 16.15, 16.45, 16.76],
  decapsulate: [4.58, 7.53, 10.72, 13.91, 17.1, 20.29],
} as const

export const PHONE_MS = {
  keyGen: 1.1,
  rkGen: 47.22,
  encapsulate: 34.35,
  reencrypt: [118.53, 164.27, 168.24, 170.2, 171.99],
  decapsulate: [47.85, 78.3, 111.97, 146.01, 181.09, 211.37],
} as const

/** Least squares of the values over 1, 2, 3, …: intercept and slope. */
export function fitLine(values: readonly number[]): { intercept: number; slope: number } {
  const n = values.length
  const meanX = (n + 1) / 2
  const meanY = values.reduce((sum, y) => sum + y, 0) / n
  let covariance = 0
  let variance = 0
  for (const [i, y] of values.entries()) {
    covariance += (i + 1 - meanX) * (y - meanY)
    variance += (i + 1 - meanX) ** 2
  }
  const slope = covariance / variance
  return { intercept: meanY - slope * meanX, slope }
}
