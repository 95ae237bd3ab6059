/** A number for people: integers whole, others with 5 significant digits, exponents outside 1e-4 … 1e7. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return value === Infinity ? '∞' : value === -Infinity ? '−∞' : 'not a number'
  if (Number.isInteger(value) && Math.abs(value) < 1e12) return String(value)
  const size = Math.abs(value)
  return size >= 1e7 || size < 1e-4
    ? value.toExponential(4).replace(/\.?0+e/, 'e')
    : String(Number(value.toPrecision(5)))
}
