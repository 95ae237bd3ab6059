import { LabError } from './errors.ts'

/** One parameter of a scenario: becomes a flag of the command line and a field of a web form. */
export type Parameter<T> = { help: string; default: T } & (
  | (T extends number
      ? { kind: 'number' | 'integer'; unit?: string; min?: number; max?: number; exclusiveMin?: boolean }
      : never)
  | (T extends boolean ? { kind: 'flag' } : never)
  | (T extends readonly (infer U extends string)[] ? { kind: 'list'; choices: readonly U[] } : never)
  | (T extends string
      ? { kind: 'choice'; choices: readonly T[] } | { kind: 'text'; pattern?: RegExp }
      : never)
)

export type ParameterSchema<P> = { readonly [K in keyof P]: Parameter<P[K]> }

/** A parameter of any type, for code that walks a schema. */
export type AnyParameter = { help: string } & (
  | {
      kind: 'number' | 'integer'
      default: number
      unit?: string
      min?: number
      max?: number
      exclusiveMin?: boolean
    }
  | { kind: 'flag'; default: boolean }
  | { kind: 'list'; default: readonly string[]; choices: readonly string[] }
  | { kind: 'choice'; default: string; choices: readonly string[] }
  | { kind: 'text'; default: string; pattern?: RegExp }
)

const PREFIX: Record<string, number> = {
  p: 1e-12,
  n: 1e-9,
  u: 1e-6,
  µ: 1e-6,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
}

function parseNumber(text: string, unit: string | undefined): number {
  const match = /^([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*(.*)$/u.exec(text.trim())
  if (match === null) return Number.NaN
  const value = Number(match[1])
  const suffix = match[2] as string
  if (suffix === '' || suffix === unit) return value
  if (unit === undefined) return Number.NaN
  const factor = PREFIX[suffix.endsWith(unit) ? suffix.slice(0, -unit.length) : suffix]
  return factor === undefined ? Number.NaN : value * factor
}

function range(parameter: AnyParameter & { kind: 'number' | 'integer' }): string {
  const unit = parameter.unit === undefined ? '' : ` ${parameter.unit}`
  const low =
    parameter.min === undefined
      ? ''
      : `${parameter.exclusiveMin === true ? 'more than' : 'at least'} ${parameter.min}${unit}`
  const high = parameter.max === undefined ? '' : `at most ${parameter.max}${unit}`
  return [parameter.kind === 'integer' ? 'a whole number' : 'a number', low, high]
    .filter((s) => s !== '')
    .join(', ')
}

/** What may be given, in words: for help texts and errors. */
export function describeParameter(parameter: AnyParameter): string {
  switch (parameter.kind) {
    case 'number':
    case 'integer':
      return range(parameter)
    case 'flag':
      return 'true or false'
    case 'choice':
      return `one of ${parameter.choices.join(', ')}`
    case 'list':
      return `any of ${parameter.choices.join(', ')}, separated by commas`
    case 'text':
      return 'text'
    default:
      return parameter satisfies never
  }
}

function check(name: string, parameter: AnyParameter, value: unknown): void {
  const refuse = () => {
    throw new LabError('lab/parameter', `parameter ${name}: expected ${describeParameter(parameter)}`)
  }
  switch (parameter.kind) {
    case 'number':
    case 'integer': {
      if (typeof value !== 'number' || !Number.isFinite(value)) return refuse()
      if (parameter.kind === 'integer' && !Number.isSafeInteger(value)) return refuse()
      const { min, max, exclusiveMin } = parameter
      if (min !== undefined && (value < min || (exclusiveMin === true && value === min))) return refuse()
      if (max !== undefined && value > max) return refuse()
      return undefined
    }
    case 'flag':
      return typeof value === 'boolean' ? undefined : refuse()
    case 'choice':
      return typeof value === 'string' && parameter.choices.includes(value) ? undefined : refuse()
    case 'list':
      return Array.isArray(value) && value.every((v) => parameter.choices.includes(v as string))
        ? undefined
        : refuse()
    case 'text':
      return typeof value === 'string' && (parameter.pattern === undefined || parameter.pattern.test(value))
        ? undefined
        : refuse()
    default:
      return parameter satisfies never
  }
}

function parseText(parameter: AnyParameter, text: string): unknown {
  switch (parameter.kind) {
    case 'number':
    case 'integer':
      return parseNumber(text, parameter.unit)
    case 'flag':
      return text === 'true' ? true : text === 'false' ? false : undefined
    case 'list':
      return text === '' || text === 'none' ? [] : text.split(',')
    case 'choice':
    case 'text':
      return text
    default:
      return parameter satisfies never
  }
}

/**
 * The parameters of a run: defaults, with `given` over them. Strings are parsed (numbers take their unit and an SI
 * prefix: `9k`, `100m`, `1 km`); other values are checked as they are. Throws LabError `lab/parameter` with name,
 * unit and range.
 */
export function resolveParameters<P>(
  schema: ParameterSchema<P>,
  given: Readonly<Record<string, unknown>>,
): P {
  const known = schema as Record<string, AnyParameter>
  for (const name of Object.keys(given))
    if (!Object.hasOwn(known, name))
      throw new LabError(
        'lab/parameter',
        `parameter ${name}: unknown; this scenario has ${Object.keys(known).join(', ') || 'none'}`,
      )
  const out: Record<string, unknown> = {}
  for (const [name, parameter] of Object.entries(known)) {
    const raw = given[name]
    const value =
      raw === undefined ? parameter.default : typeof raw === 'string' ? parseText(parameter, raw) : raw
    check(name, parameter, value)
    out[name] = value
  }
  return out as P
}
