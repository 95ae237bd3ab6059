import { unsafeSeededRng } from '@warren/primitives/seeded-rng'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Closed,
  choose,
  closed,
  collection,
  combine,
  compareSure,
  configuration,
  counter,
  deliver,
  Entries,
  judgeSure,
  machine,
  Rational,
  run,
  twoToTheK,
  uniform,
} from '../src/index.ts'
import { counterexample } from '../src/library/index.ts'

const { CALLER, IDEAL, LISTENER, M0, M0_PRIME, M1, PINGER, REAL } = counterexample

const lengthOf = (closed_: Closed, k: number, view?: string) =>
  run(closed_, k, view === undefined ? {} : { view }).view.length?.coefficient(0).numerator

describe('runs of the counterexample', () => {
  it.each([1, 2, 5, 9])('show what Lemma 5 says, k = %i', (k) => {
    const real = run(closed(LISTENER, PINGER, M1, M0), k)
    const ideal = run(closed(LISTENER, PINGER, M1, M0_PRIME), k)
    expect(real.view.toString()).toBe('result? done')
    expect(ideal.view.toString()).toBe('out? alive; result? done')
    expect(real.ended).toBe('final')
  })

  it('lose the last ping when halting is tested on the new state', () => {
    const reading = { halting: 'new-state' } as const
    expect(run(closed(LISTENER, PINGER, M1, M0), 4, { reading }).view.toString()).toBe('')
  })

  it.each([1, 3, 6])('are the same with and without jumps, k = %i', (k) => {
    for (const part of [M0, M0_PRIME])
      for (const view of ['H', 'A₁', 'M₁', part.name]) {
        const entries = new Entries()
        const c = closed(LISTENER, PINGER, M1, part)
        const [fast, slow] = [true, false].map((accelerate) => run(c, k, { accelerate, view, entries }))
        const flat = (r: typeof fast) =>
          r?.view.blocks.flatMap((b) =>
            Array.from({ length: Number(b.times?.coefficient(0).numerator) }, () => b.entries).flat(),
          )
        expect(flat(fast)).toEqual(flat(slow))
        expect(fast?.steps?.coefficient(0)).toEqual(slow?.steps?.coefficient(0))
      }
  })

  it('take a handful of activations at any k', () => {
    const { executed, steps } = run(closed(LISTENER, PINGER, M1, M0), 10_000)
    expect(executed).toBeLessThan(40)
    expect(steps?.coefficient(0).numerator).toBe(3n * 2n ** 10_000n + 3n)
  })

  it('for all k at once agree with every k', () => {
    const symbolic = run(closed(LISTENER, PINGER, M1, M0_PRIME), 'all', { view: 'M₁' })
    for (let k = symbolic.from; k < symbolic.from + 4; k++)
      expect(symbolic.view.length?.at(Rational.of(1n << BigInt(k))).numerator).toBe(
        lengthOf(closed(LISTENER, PINGER, M1, M0_PRIME), k, 'M₁'),
      )
  })

  it('part in entry 2^k+1 when H calls M₀ herself', () => {
    const { definition3, definition7, comparison } = judgeSure(
      configuration(REAL, CALLER),
      configuration(IDEAL, CALLER),
    )
    expect(definition3).toMatchObject({ known: 'proved', holds: true })
    expect(definition7).toMatchObject({ known: 'proved', holds: false })
    expect(comparison?.difference).toMatchObject({ equal: false })
    expect(comparison?.difference.equal === false && comparison.difference.index.format('2^k')).toBe(
      '2^k + 1',
    )
  })
})

describe('combination', () => {
  it('changes no view of a part (the combination lemma)', () => {
    const apart = closed(LISTENER, PINGER, M1, M0_PRIME)
    for (const parts of [
      [LISTENER, M1],
      [PINGER, M1],
      [M1, M0_PRIME, LISTENER, PINGER],
    ]) {
      const joint = combine('D', parts)
      const rest = [LISTENER, PINGER, M1, M0_PRIME].filter((m) => !parts.includes(m))
      const together = { machines: collection(joint, ...rest), user: joint }
      for (const view of ['H', 'A₁', 'M₁', 'M₀′']) {
        const entries = new Entries()
        expect(run(together, 4, { view, entries }).view.toString()).toBe(
          run(apart, 4, { view, entries }).view.toString(),
        )
      }
    }
  })
})

describe('views that never end', () => {
  const ticker = (period: number, count?: bigint) =>
    machine('X', {
      ports: ['clk◁?', 'tick!', 'tick◁!'],
      initial: 0,
      counters: { n: counter('*', { end: count ?? twoToTheK }) },
      on: {
        'clk◁?': ({ state }) => ({ to: (state + 1) % period, ...deliver('tick', state === 0 ? 'a' : 'b') }),
      },
      final: (_, { n }) => count !== undefined && n.is('end'),
    })
  const H = machine('H', { ports: ['tick?'] })
  it('are compared by their periods', () => {
    expect(compareSure(closed(H, ticker(2)), closed(H, ticker(2)), 3)).toMatchObject({ distance: 0 })
    expect(run(closed(H, ticker(3)), 3)).toMatchObject({ ended: 'forever', steps: null })
  })

  it('first differ where two written-out sequences do (property)', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 40 }),
        (p, q, n) => {
          const at = (period: number, i: number) => (i % period === 0 ? 'a' : 'b')
          let expected: number | null = null
          for (let i = 0; i < n + 1 && expected === null; i++) {
            const left = i < n ? at(p, i) : ''
            if (left !== at(q, i)) expected = i + 1
          }
          const { difference } = compareSure(closed(H, ticker(p, BigInt(n))), closed(H, ticker(q)), 1)
          expect(difference.equal ? null : Number(difference.index.coefficient(0).numerator)).toBe(expected)
        },
      ),
    )
  })
})

describe('sampling', () => {
  it('follows the probabilities', () => {
    const die = machine('X', {
      ports: ['clk◁?', 'roll!', 'roll◁!'],
      counters: { n: counter('*', { end: 9000n }) },
      on: { 'clk◁?': () => uniform([1, 2, 3, 4, 5, 6].map((face) => deliver('roll', `${face}`))) },
      final: (_, { n }) => n.is('end'),
    })
    const { view } = run(closed(machine('H', { ports: ['roll?'] }), die), 1, { rng: unsafeSeededRng('die') })
    const faces = new Map<number, number>()
    for (const { entries } of view.blocks) for (const e of entries) faces.set(e, (faces.get(e) ?? 0) + 1)
    expect(faces.size).toBe(6)
    // χ² with 5 degrees of freedom, N = 9000; a false alarm once in 10⁶ seeds.
    const chi = [...faces.values()].reduce((sum, n) => sum + (n - 1500) ** 2 / 1500, 0)
    expect(chi).toBeLessThan(35.9)
  })

  it('decides ties of 32 bits by drawing more', () => {
    const tiny = Rational.of(1n, 2n ** 40n)
    const X = machine('X', {
      ports: ['clk◁?', 'a!', 'a◁!'],
      counters: { n: counter('*', { end: 1n }) },
      on: {
        'clk◁?': () =>
          choose([tiny, deliver('a', 'rare')], [Rational.ONE.minus(tiny), deliver('a', 'usual')]),
      },
      final: (_, { n }) => n.is('end'),
    })
    const zeros = { bytes: (n: number) => new Uint8Array(n) }
    const H = machine('H', { ports: ['a?'] })
    expect(run(closed(H, X), 1, { rng: zeros }).view.toString()).toBe('a? rare')
    const nearly = {
      bytes: (n: number) => Uint8Array.from({ length: n }, (_, i) => (i === 4 ? 0 : i < 4 ? 0 : 255)),
    }
    expect(run(closed(H, X), 1, { rng: nearly }).view.toString()).toBe('a? usual')
  })
})

describe('what the text leaves open', () => {
  const loop = (clock: Record<string, number>) =>
    machine('X', {
      ports: ['clk◁?', 'a!', 'a◁!', 'b!', 'b◁!'],
      counters: { n: counter('*', { end: 1n }) },
      on: { 'clk◁?': () => ({ send: { a: 'm', b: 'm' }, clock }) },
      final: (_, { n }) => n.is('end'),
    })
  const H = machine('H', { ports: ['a?', 'b?'] })
  it('several clock-outs: the first in port order is kept, or it is an error', () => {
    const both = closed(H, loop({ b: 1, a: 1 }))
    expect(run(both, 1).view.toString()).toBe('a? m')
    expect(() => run(both, 1, { reading: { clockOuts: 'refuse' } })).toThrow('a◁! and b◁!')
  })
  it('an index out of range: nothing is delivered, or it is an error', () => {
    const far = closed(H, loop({ a: 2 }))
    expect(run(far, 1).view.toString()).toBe('')
    expect(() => run(far, 1, { reading: { outOfRange: 'refuse' } })).toThrow('message 2 of buffer a')
  })
  it('a length bound cuts inputs; of length 0 it makes them empty, and the step unseen', () => {
    const reader = (bound: number) => machine('H', { ports: ['a?', 'b?'], lengthBound: () => bound })
    const say = machine('X', {
      ports: ['clk◁?', 'a!', 'a◁!', 'b!', 'b◁!'],
      counters: { n: counter('*', { end: 1n }) },
      on: { 'clk◁?': () => deliver('a', 'long') },
      final: (_, { n }) => n.is('end'),
    })
    expect(run(closed(reader(2), say), 1).view.toString()).toBe('a? lo')
    expect(run(closed(reader(0), say), 1).view.toString()).toBe('')
  })
})
