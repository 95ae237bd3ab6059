import type { Polynomial } from '@warren/reactive'

/** A number near a power of two, readable at any size: `2^10000 + 1` instead of three thousand digits. */
export function powerText(value: Polynomial, k: number): string {
  const number = value.coefficient(0).numerator
  if (number < 10n ** 12n) return number.toString()
  const power = 2n ** BigInt(k)
  const times = number / power
  const rest = number - times * power
  const head = times === 1n ? `2^${k}` : `${times}·2^${k}`
  return rest === 0n ? head : `${head} + ${rest}`
}
