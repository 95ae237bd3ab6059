/**
 * The part of JSON Schema (2020-12) that the vault's documents need: builders, the TypeScript type of what they
 * describe, and the check. The service gives the same objects to its framework and to its OpenAPI document. It is
 * written out here because every run of a client pays for loading what checks its answers: a library for the whole of
 * JSON Schema took longer to load than `warren ls` may take.
 */

declare const described: unique symbol

/** A JSON Schema whose documents are of type T. */
export interface Schema<T = unknown> {
  readonly [described]?: T
  readonly [keyword: string]: unknown
}

export type Static<S> = S extends Schema<infer T> ? T : never

interface Optional<T> {
  readonly optional: Schema<T>
}

type Properties = Record<string, Schema | Optional<unknown>>
type OptionalKeys<P> = { [K in keyof P]: P[K] extends Optional<unknown> ? K : never }[keyof P]
type ObjectOf<P> = {
  [K in Exclude<keyof P, OptionalKeys<P>>]: Static<P[K]>
} & { [K in OptionalKeys<P>]?: P[K] extends Optional<infer T> ? T : never }
/** Shows as one object in an editor. */
type Plain<T> = { [K in keyof T]: T[K] }

export function text(
  bounds: { minLength?: number; maxLength?: number; pattern?: string } = {},
): Schema<string> {
  return { type: 'string', ...bounds }
}
export function integer(bounds: { minimum?: number; maximum?: number } = {}): Schema<number> {
  return { type: 'integer', ...bounds }
}
export function boolean(): Schema<boolean> {
  return { type: 'boolean' }
}
export function nothing(): Schema<null> {
  return { type: 'null' }
}
export function literal<const T extends string>(value: T): Schema<T> {
  return { const: value }
}
export function oneOf<const S extends readonly Schema[]>(...schemas: S): Schema<Static<S[number]>> {
  return { anyOf: schemas }
}
export function array<T>(
  items: Schema<T>,
  bounds: { minItems?: number; maxItems?: number } = {},
): Schema<T[]> {
  return { type: 'array', items, ...bounds }
}
/** In `object` only: the property may be absent. */
export function optional<T>(schema: Schema<T>): Optional<T> {
  return { optional: schema }
}

function isOptional(property: Schema | Optional<unknown>): property is Optional<unknown> {
  return 'optional' in property
}

/** With these properties and no others. */
export function object<P extends Properties>(properties: P): Schema<Plain<ObjectOf<P>>> {
  const entries = Object.entries(properties)
  return {
    type: 'object',
    properties: Object.fromEntries(
      entries.map(([name, property]) => [name, isOptional(property) ? property.optional : property]),
    ),
    required: entries.filter(([, property]) => !isOptional(property)).map(([name]) => name),
    additionalProperties: false,
  }
}

const patterns = new Map<string, RegExp>()
function patternOf(source: string): RegExp {
  const known = patterns.get(source)
  if (known !== undefined) return known
  const made = new RegExp(source, 'u')
  patterns.set(source, made)
  return made
}

function inBounds(value: number, schema: Schema, least: string, most: string): boolean {
  const { [least]: min, [most]: max } = schema
  return (min === undefined || value >= (min as number)) && (max === undefined || value <= (max as number))
}

/** Characters, as JSON Schema counts them; not counted where the bound cannot matter. */
function charactersOf(value: string, schema: Schema): number {
  const max = schema['maxLength'] as number | undefined
  const matters = max !== undefined && value.length > max && value.length <= 2 * max
  return matters ? [...value].length : value.length
}

function isObject(schema: Schema, value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const properties = schema['properties'] as Record<string, Schema>
  const required = schema['required'] as readonly string[]
  if (!required.every((name) => Object.hasOwn(value, name))) return false
  return Object.entries(value).every(([name, property]) => {
    const described = Object.hasOwn(properties, name) ? properties[name] : undefined
    return described !== undefined && isDescribed(described, property)
  })
}

function isDescribed(schema: Schema, value: unknown): boolean {
  if ('const' in schema) return value === schema['const']
  if ('anyOf' in schema) return (schema['anyOf'] as readonly Schema[]).some((one) => isDescribed(one, value))
  switch (schema['type']) {
    case 'string': {
      if (typeof value !== 'string') return false
      const pattern = schema['pattern'] as string | undefined
      return (
        inBounds(charactersOf(value, schema), schema, 'minLength', 'maxLength') &&
        (pattern === undefined || patternOf(pattern).test(value))
      )
    }
    case 'integer':
      return Number.isInteger(value) && inBounds(value as number, schema, 'minimum', 'maximum')
    case 'boolean':
      return typeof value === 'boolean'
    case 'null':
      return value === null
    case 'array':
      return (
        Array.isArray(value) &&
        inBounds(value.length, schema, 'minItems', 'maxItems') &&
        value.every((item) => isDescribed(schema['items'] as Schema, item))
      )
    case 'object':
      return isObject(schema, value)
    default:
      throw new TypeError(`schema: unknown type ${String(schema['type'])}`)
  }
}

/** Is `value`, as JSON.parse gave it, what the schema describes? */
export function check<T>(schema: Schema<T>, value: unknown): value is T {
  return isDescribed(schema, value)
}
