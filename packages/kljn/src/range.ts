import { KljnError } from './errors.ts'

/** What a quantity may be. Bounds are inclusive unless `moreThan` or `lessThan`. */
export interface Range {
  /** SI unit, as it is printed: `Ω`, `K`, `Hz`, `m`; empty for a pure number. */
  unit: string
  min?: number
  max?: number
  moreThan?: number
  lessThan?: number
  whole?: boolean
}

function inWords({ unit, min, max, moreThan, lessThan, whole }: Range): string {
  const quantity = (n: number) => (unit === '' ? `${n}` : `${n} ${unit}`)
  const bounds = [
    ...(moreThan === undefined ? [] : [`more than ${quantity(moreThan)}`]),
    ...(min === undefined ? [] : [`at least ${quantity(min)}`]),
    ...(lessThan === undefined ? [] : [`less than ${quantity(lessThan)}`]),
    ...(max === undefined ? [] : [`at most ${quantity(max)}`]),
  ]
  const kind = whole === true ? 'a whole number' : 'a finite number'
  return bounds.length === 0 ? kind : `${kind}, ${bounds.join(' and ')}`
}

/** Returns `value`. Throws KljnError `kljn/parameter`, which names the parameter, its unit and its range. */
export function checkRange(name: string, value: number, range: Range): number {
  const { min, max, moreThan, lessThan, whole } = range
  const good =
    Number.isFinite(value) &&
    (whole !== true || Number.isSafeInteger(value)) &&
    (min === undefined || value >= min) &&
    (max === undefined || value <= max) &&
    (moreThan === undefined || value > moreThan) &&
    (lessThan === undefined || value < lessThan)
  if (!good) {
    const got = range.unit === '' ? `${value}` : `${value} ${range.unit}`
    throw new KljnError('kljn/parameter', `${name} is ${got}; expected ${inWords(range)}`)
  }
  return value
}
