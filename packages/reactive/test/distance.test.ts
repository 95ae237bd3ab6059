import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  areEquivalent,
  choose,
  closed,
  configuration,
  counter,
  deliver,
  directions,
  distanceAfter,
  formatVerdict,
  judge,
  machine,
  Polynomial,
  pair,
  prefixDistance,
  prefixDistances,
  Rational,
  uniform,
  wholeDistance,
  wholeInterval,
  x,
} from '../src/index.ts'
import { hidden, leak } from '../src/library/index.ts'

const coin = (p: string) => hidden.hiddenTwoStates({ says: [p, p], changes: [0, 0] })
const FIRST = hidden.hiddenTwoStates({ says: ['1/2', '1/4'], changes: ['1/3', '1/2'] })
const SECOND = hidden.hiddenTwoStates({ says: ['1/2', '3/4'], changes: ['1/2', '1/3'] })

/** ½·Σ C(n,j)·|p^j(1−p)^{n−j} − q^j(1−q)^{n−j}|, written out. */
function coins(n: number, p: number, q: number): number {
  let [sum, choices] = [0, 1]
  for (let j = 0; j <= n; j++) {
    sum += choices * Math.abs(p ** j * (1 - p) ** (n - j) - q ** j * (1 - q) ** (n - j))
    choices = (choices * (n - j)) / (j + 1)
  }
  return sum / 2
}

describe('distance of prefixes', () => {
  it.each([1, 5, 60])('of two coins is the binomial one, n = %i', (n) => {
    const { lower, work } = prefixDistance(pair(coin('1/2'), coin('1/3'), 1), n)
    expect(lower.toNumber()).toBeCloseTo(coins(n, 1 / 2, 1 / 3), 12)
    // Exchangeable: n + 1 classes at each length, not 2^n.
    expect(work).toBeLessThanOrEqual(((n + 1) * (n + 2)) / 2)
  })

  it('is the same met from behind as all the way forward', () => {
    const both = pair(FIRST, SECOND, 1)
    expect(prefixDistance(both, 14).lower.toString()).toBe(prefixDistances(both, 14)[14]?.toString())
  })

  it('grows with the prefix and stays under the interval for the whole (property)', () => {
    const chance = fc.integer({ min: 0, max: 4 }).map((n) => `${n}/4`)
    const model = fc
      .tuple(chance, chance, chance, chance)
      .map(([a, b, c, d]) => hidden.hiddenTwoStates({ says: [a, b], changes: [c, d] }))
    fc.assert(
      fc.property(model, model, (p, q) => {
        const both = pair(p, q, 1)
        const values = prefixDistances(both, 6)
        for (let n = 1; n <= 6; n++)
          expect((values[n] as Rational).compare(values[n - 1] as Rational)).toBeGreaterThanOrEqual(0)
        const whole = wholeInterval(both, 5)
        expect(whole.lower.compare(values[5] as Rational)).toBe(0)
        expect(whole.upper.compare(values[6] as Rational)).toBeGreaterThanOrEqual(0)
        expect(areEquivalent(both)).toBe(whole.upper.isZero())
      }),
      { numRuns: 40 },
    )
  })

  it('stops at its budget with an interval and the reason', () => {
    const found = prefixDistance(pair(FIRST, SECOND, 1, { budget: { views: 5000 } }), 40)
    expect(found.because).toMatch(/budget of 5000 views/)
    expect(found.horizon).toBeGreaterThan(5)
    expect(found.lower.compare(found.upper)).toBe(-1)
  })

  it('names the machines when the situations themselves do not fit', () => {
    const walker = machine('walker', {
      ports: ['clk◁?', 'at!', 'at◁!'],
      initial: 0,
      on: {
        'clk◁?': ({ state }) =>
          uniform([-1, 1].map((d) => ({ to: state + d, ...deliver('at', `${state + d}`) }))),
      },
    })
    const endless = closed(machine('H', { ports: ['at?'] }), walker)
    expect(() => prefixDistance(pair(endless, endless, 1, { budget: { situations: 100 } }), 500)).toThrow(
      /walker.*more than 100/,
    )
  })
})

describe('hidden loops', () => {
  it('of random choices are summed up exactly', () => {
    // Tosses until heads, then speaks: the number of tosses is not seen.
    const toss = (p: string) =>
      closed(
        machine('H', { ports: ['done?'] }),
        machine('X', {
          ports: ['clk◁?', 'done!', 'done◁!'],
          initial: 'tossing',
          on: {
            'clk◁?': () =>
              choose(
                [p, deliver('done', 'a')],
                [p, deliver('done', 'b')],
                [Polynomial.ONE.minus(p).minus(p), {}],
              ),
          },
        }),
      )
    expect(areEquivalent(pair(toss('1/3'), toss('1/10'), 1))).toBe(true)
    expect(prefixDistance(pair(toss('1/3'), toss('1/10'), 1), 4).lower.isZero()).toBe(true)
  })

  it('without an end end the view', () => {
    const mute = closed(
      machine('H', { ports: ['a?'] }),
      machine('X', {
        ports: ['clk◁?', 'a!', 'a◁!'],
        initial: 0,
        on: { 'clk◁?': ({ state }) => choose(['1/2', { to: 1 - state }], ['1/2', {}]) },
      }),
    )
    const both = pair(mute, coin('1/2'), 1)
    expect(prefixDistance(both, 0).lower.isZero()).toBe(true)
    expect(prefixDistance(both, 1).lower.toString()).toBe('1')
  })
})

describe('finitely many directions', () => {
  const leaking = configuration(leak.LEAKING, leak.LISTENER, leak.INVOKER)
  const tight = configuration(leak.TIGHT, leak.LISTENER, leak.INVOKER)

  it.each([1, 3, 8])('2^{-k} per invocation gives 1 − (1 − 2^{-k})^n, k = %i', (k) => {
    const both = pair(leaking, tight, k)
    const found = directions(both)
    const stays = Rational.of(2n ** BigInt(k) - 1n, 2n ** BigInt(k))
    let expected = Rational.ONE
    for (let n = 1; n <= 12; n++) {
      expected = expected.times(stays)
      expect(distanceAfter(found, n).compare(Rational.ONE.minus(expected))).toBe(0)
      expect(prefixDistance(both, n).lower.equals(Rational.ONE.minus(expected))).toBe(true)
    }
    expect(wholeDistance(found).equals(Rational.ONE)).toBe(true)
  })

  it('and a prefix of 2^16 entries at k = 16 exactly', () => {
    expect(distanceAfter(directions(pair(leaking, tight, 16)), 2 ** 16).toNumber()).toBeCloseTo(
      1 - Math.exp(-1),
      5,
    )
  })

  it('decide both definitions over all k', () => {
    const { definition3, definition7, whole } = judge(leaking, tight)
    expect(definition3).toMatchObject({ known: 'proved', holds: true })
    expect(definition7).toMatchObject({ known: 'proved', holds: false })
    expect(whole?.format()).toBe('1')
    expect(formatVerdict(definition3)).toContain('for all k ≥')
  })

  it('a single leak of 2^{-k} is small under both definitions', () => {
    const once = (p: Polynomial) =>
      closed(
        machine('H', { ports: ['a?'] }),
        machine('X', {
          ports: ['clk◁?', 'a!', 'a◁!'],
          counters: { n: counter('*', { end: 1 }) },
          on: {
            'clk◁?': () => choose([p, deliver('a', 'leak')], [Polynomial.ONE.minus(p), deliver('a', 'ok')]),
          },
          final: (_, { n }) => n.is('end'),
        }),
      )
    const found = judge(once(x), once(Polynomial.ZERO))
    expect(found.definition7).toMatchObject({ known: 'proved', holds: true })
    expect(found.whole?.format()).toBe('x')
    expect(judge(once(x), once(Polynomial.ZERO), { small: 'EXPSMALL' }).definition7).toMatchObject({
      holds: true,
    })
    const constant = judge(once(Polynomial.constant('1/3')), once(Polynomial.ZERO))
    expect(constant.definition3).toMatchObject({ known: 'proved', holds: false })
    expect(constant.definition7).toMatchObject({ known: 'proved', holds: false })
  })

  it('where they are infinite, a constant difference in a short prefix still refutes, and nothing else is claimed', () => {
    expect(judge(FIRST, SECOND).definition3).toMatchObject({ known: 'proved', holds: false })
    const same = judge(FIRST, FIRST)
    expect(same.definition7).toMatchObject({ known: 'proved', holds: true })
  })
})
