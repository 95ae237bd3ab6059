import { describe, expect, it } from 'vitest'
import {
  choose,
  closed,
  collection,
  collectionToSvg,
  collectionToText,
  compose,
  configuration,
  correspondingStructures,
  corruptionKey,
  deliver,
  forbiddenPorts,
  formatPort,
  fraction,
  freePorts,
  isClosed,
  machine,
  openStructure,
  Polynomial,
  parsePort,
  Rational,
  ReactiveError,
  run,
  structure,
  system,
  x,
} from '../src/index.ts'
import { counterexample } from '../src/library/index.ts'

const { IDEAL, LISTENER, M0, M1, OUTER, PINGER, REAL } = counterexample

/** The code of the error that `body` throws, and its message. */
function refusal(body: () => unknown): [string, string] {
  try {
    body()
  } catch (error) {
    if (error instanceof ReactiveError) return [error.code, error.message]
    throw error
  }
  return ['nothing', '']
}

describe('ports', () => {
  it('are read and written in the notation of the paper, and in ASCII', () => {
    for (const notation of ['in?', 'out!', 'out◁!', 'in↔?', 'clk◁?', 'out↔!'])
      expect(formatPort(parsePort(notation))).toBe(notation)
    expect(formatPort(parsePort('out<!'))).toBe('out◁!')
    expect(formatPort(parsePort('in<>?'))).toBe('in↔?')
    for (const wrong of ['', 'in', '?', 'in!!', 'a b?'])
      expect(refusal(() => parsePort(wrong))[0]).toBe('reactive/port-notation')
  })
})

describe('numbers', () => {
  it('are exact, and what is not exact is refused', () => {
    expect(fraction('0.1').toString()).toBe('1/10')
    expect(fraction(' -3 / 6 ').toString()).toBe('-1/2')
    expect(refusal(() => fraction(0.1))).toEqual(['reactive/number', expect.stringContaining("'1/10'")])
    expect(refusal(() => fraction('1/0'))[0]).toBe('reactive/number')
    expect(Rational.of(10n ** 400n, 3n * 10n ** 400n).toNumber()).toBeCloseTo(1 / 3, 15)
    expect(Rational.of(1n, 10n ** 400n).toNumber()).toBe(0)
    expect(Rational.fromNumber(0.375).toString()).toBe('3/8')
  })

  it('polynomials divide, and know their sign near 0 and far away', () => {
    const p = x.times(x).minus(x.times(3)).plus(2)
    const { quotient, remainder } = p.divide(x.minus(1))
    expect(quotient.format('x')).toBe('−2 + x')
    expect(remainder.isZero()).toBe(true)
    expect(p.signNearZero()).toBe(1)
    expect(x.minus(x.times(x)).signAtInfinity()).toBe(-1)
    expect(Polynomial.ONE.minus(x).format('2^k')).toBe('−2^k + 1')
  })
})

describe('collections and structures', () => {
  it('know their free and forbidden ports, as in §3', () => {
    expect(String(freePorts(REAL.machines))).toBe('{in↔?, in◁?, out↔!}')
    expect(String(freePorts(OUTER.machines))).toBe('{adv↔?, adv◁?, in↔!, result↔!}')
    expect(String(forbiddenPorts(OUTER))).toBe('{adv!, adv?, adv◁!, in!, in◁!, result!, result◁!}')
    expect(isClosed(collection(LISTENER, PINGER, M1, M0))).toBe(true)
    expect(isClosed(collection(LISTENER, M1, M0))).toBe(false)
  })

  it('compose to the services of Figure 2', () => {
    expect(String(compose(OUTER, REAL).service)).toBe('{out↔!, result↔!}')
    expect(String(compose(REAL, OUTER).service)).toBe('{out↔!, result↔!}')
  })

  it('refuse to compose where a private connection would be shared', () => {
    const spy = structure('spy', [machine('spy', { ports: ['adv!', 'adv◁!'] })], [])
    expect(refusal(() => compose(OUTER, spy))[0]).toBe('reactive/not-composable')
  })

  it('are drawn and printed', () => {
    const { machines, service } = compose(OUTER, REAL)
    expect(collectionToText(machines, service)).toContain('M₁ ──▷ M₀')
    expect(collectionToSvg(machines, service)).toMatch(/^<svg [^>]*width="\d+" height="\d+"/)
  })

  it('pair the structures of two systems by corruption set', () => {
    const of = (name: string) => system(name, [[], ['P₁']], () => REAL)
    expect([...correspondingStructures(of('real'), of('ideal'))].map((p) => p.corrupted)).toEqual([
      '{}',
      '{P₁}',
    ])
    expect(corruptionKey(['b', 'a'])).toBe('{a, b}')
    const smaller = system('ideal', [[]], () => REAL)
    expect(refusal(() => [...correspondingStructures(of('real'), smaller)])[0]).toBe('reactive/service-ports')
  })
})

describe('what a model breaks is named, with machine and port', () => {
  const clocked = machine('X', { ports: ['clk◁?'] })
  it.each<[string, string, () => unknown]>([
    ['reactive/duplicate-machine', 'M₀', () => collection(M0, M0)],
    ['reactive/duplicate-port', 'out!', () => collection(M0, machine('other', { ports: ['out!'] }))],
    ['reactive/duplicate-port', 'a?', () => machine('twice', { ports: ['a?', 'a?'] })],
    [
      'reactive/two-master-schedulers',
      'clk◁?',
      () => collection(clocked, machine('Y', { ports: ['clk◁?'] })),
    ],
    ['reactive/dangling-port', 'in!', () => closed(clocked, M0)],
    ['reactive/no-master-scheduler', 'clk◁?', () => closed(machine('alone', { ports: [] }))],
    ['reactive/not-simple', 'q◁?', () => machine('buffer', { ports: ['q◁?'] })],
    ['reactive/port-notation', 'q↔?', () => machine('buffer', { ports: ['q↔?'] })],
    ['reactive/not-simple', 'X', () => openStructure('protocol', [clocked])],
    ['reactive/service-ports', 'in↔!', () => structure('M̂₀', [M0], ['in↔!'])],
    ['reactive/forbidden-port', 'adv!', () => configuration(OUTER, machine('H', { ports: ['adv!'] }))],
    ['reactive/service-ports', '{in↔?', () => configuration(REAL, LISTENER, PINGER, OUTER)],
    ['reactive/probabilities', '2/3', () => choose(['1/3', {}], ['1/3', {}])],
    ['reactive/probabilities', '−1', () => choose([-1, {}], [2, {}])],
    [
      'reactive/undeclared-port',
      'b?',
      () => machine('M', { ports: ['a?'], on: { ['b?' as 'a?']: () => ({}) } }),
    ],
  ])('%s (%s)', (code, named, body) => {
    expect(refusal(body)).toEqual([code, expect.stringContaining(named)])
  })

  it.each<[string, string, () => ReturnType<typeof machine>]>([
    [
      'reactive/undeclared-port',
      'out!',
      () => machine('X', { ports: ['clk◁?'], on: { 'clk◁?': () => deliver('out', 'm') as {} } }),
    ],
    [
      'reactive/unbounded-state',
      'X',
      () =>
        machine('X', {
          ports: ['clk◁?'],
          initial: 0,
          on: { 'clk◁?': ({ state }) => ({ to: state + 1 }) },
        }),
    ],
    [
      'reactive/clock-index',
      'self◁!',
      () =>
        machine('X', {
          ports: ['clk◁?', 'self!', 'self◁!', 'self?'],
          on: { 'clk◁?': () => ({ clock: { self: 0 } }) },
        }),
    ],
    [
      'reactive/unbounded-state',
      'buffer self',
      () =>
        machine('X', {
          ports: ['clk◁?', 'self!', 'self◁!', 'self?'],
          on: { 'clk◁?': () => ({ send: { self: 'm' } }) },
        }),
    ],
    [
      'reactive/probabilities',
      'needs an Rng',
      () =>
        machine('X', {
          ports: ['clk◁?'],
          on: { 'clk◁?': () => choose([x, {}], [Polynomial.ONE.minus(x), {}]) },
        }),
    ],
  ])('in a run: %s (%s)', (code, named, build) => {
    expect(refusal(() => run(closed(build()), 3, { budget: { states: 500 } }))).toEqual([
      code,
      expect.stringContaining(named),
    ])
  })

  it('an ideal that the user may not touch is refused in Conf^M̂₂(M̂₁, S)', () => {
    const user = machine('H', { ports: ['in!', 'in◁!', 'out?', 'clk◁?', 'leak?'] })
    const leaky = structure(
      'leaky',
      [machine('M', { ports: ['in?', 'out!', 'out◁!', 'leak!', 'leak◁!'] })],
      IDEAL.service,
    )
    expect(refusal(() => configuration(REAL, user, null, leaky))).toEqual([
      'reactive/forbidden-port',
      expect.stringContaining('leak?'),
    ])
  })
})
