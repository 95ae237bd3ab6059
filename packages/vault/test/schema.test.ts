import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  array,
  boolean,
  check,
  integer,
  literal,
  nothing,
  object,
  oneOf,
  optional,
  text,
} from '../src/protocol/api/schema.ts'

const document = object({
  name: text({ minLength: 1, maxLength: 4 }),
  id: text({ pattern: '^[a-z]{2}$' }),
  count: integer({ minimum: 0, maximum: 9 }),
  flags: array(boolean(), { minItems: 1, maxItems: 2 }),
  head: oneOf(text(), nothing()),
  kind: optional(literal('x')),
})
const good = { name: 'abcd', id: 'ab', count: 0, flags: [true], head: null }

describe('document schemas', () => {
  test('what is described is accepted', () => {
    expect(check(document, good)).toBe(true)
    expect(check(document, { ...good, kind: 'x', head: 'h', flags: [true, false], count: 9 })).toBe(true)
  })

  test.each([
    ['a property is missing', { name: 'a', id: 'ab', count: 0, flags: [true] }],
    ['a property is too many', { ...good, more: 1 }],
    ['an inherited name as property', { ...good, constructor: 1 }],
    ['a text is too short', { ...good, name: '' }],
    ['a text is too long', { ...good, name: 'abcde' }],
    ['a text does not fit its pattern', { ...good, id: 'ab\n' }],
    ['a text is a number', { ...good, name: 1 }],
    ['a number is too small', { ...good, count: -1 }],
    ['a number is too large', { ...good, count: 10 }],
    ['a number is not whole', { ...good, count: 0.5 }],
    ['a number is a text', { ...good, count: '1' }],
    ['an array is too short', { ...good, flags: [] }],
    ['an array is too long', { ...good, flags: [true, true, true] }],
    ['an item is of another type', { ...good, flags: [1] }],
    ['none of a choice', { ...good, head: 1 }],
    ['another literal', { ...good, kind: 'y' }],
    ['an array for an object', [good]],
    ['null for an object', null],
  ])('%s: refused', (_, value) => {
    expect(check(document, value)).toBe(false)
  })

  test('lengths are counted in characters, not in UTF-16 units', () => {
    expect(check(document, { ...good, name: '🐇🐇🐇🐇' })).toBe(true)
    expect(check(document, { ...good, name: '🐇🐇🐇🐇🐇' })).toBe(false)
  })

  test('never throws, whatever comes', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => typeof check(document, value) === 'boolean'))
  })
})
