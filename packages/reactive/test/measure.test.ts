import { randomBelow } from '@warren/primitives/rng'
import { testRng } from '@warren/testkit/rng'
import { describe, expect, it } from 'vitest'
import {
  approximatePrefixDistance,
  bestDistinguisher,
  closed,
  configuration,
  counter,
  deliver,
  directions,
  distanceAfter,
  formatSmall,
  formatVerdict,
  fraction,
  isExpSmall,
  isExpSmallAsPrinted,
  isNegligible,
  judge,
  judgeSure,
  machine,
  pair,
  prefixDistance,
  prefixDistances,
  Rational,
  run,
  wholeDistance,
  wholeInterval,
} from '../src/index.ts'
import { ap, authentication, counterexample, hidden, leak, noiseKey } from '../src/library/index.ts'
import { randomModel, toCollection, withQuestions } from './random-models.ts'

const FIRST = hidden.hiddenTwoStates({ says: ['1/2', '1/4'], changes: ['1/3', '1/2'] })
const SECOND = hidden.hiddenTwoStates({ says: ['1/2', '3/4'], changes: ['1/2', '1/3'] })

describe('floating point', () => {
  it('agrees with the exact distance', () => {
    const both = pair(FIRST, SECOND, 1)
    for (const n of [0, 1, 2, 7, 13, 17])
      expect(approximatePrefixDistance(both, n)).toBeCloseTo(prefixDistance(both, n).lower.toNumber(), 12)
  })
  it('on random models too', () => {
    const rng = testRng('approximate')
    const draw = () => toCollection(withQuestions(randomModel((bound) => randomBelow(rng, bound))))
    for (let i = 0; i < 20; i++) {
      const both = pair(draw(), draw(), 1)
      expect(approximatePrefixDistance(both, 4)).toBeCloseTo(prefixDistance(both, 4).lower.toNumber(), 12)
    }
  })
})

describe('the best distinguisher', () => {
  it('accepts what is likelier in the real world, and reaches the distance', () => {
    const both = pair(FIRST, SECOND, 1)
    const { advantage, accepts, views } = bestDistinguisher(both, 5)
    expect(advantage.toString()).toBe(prefixDistance(both, 5).lower.toString())
    expect(views).toBe(32)
    for (const { real, ideal } of accepts) expect(real.compare(ideal)).toBe(1)
    expect(() => bestDistinguisher(pair(FIRST, SECOND, 1, { budget: { views: 10 } }), 5)).toThrow(
      'more than 10 views',
    )
  })
})

describe('whole views on random models (property)', () => {
  it('directions, intervals and prefixes tell one story', () => {
    const rng = testRng('whole')
    const draw = () => toCollection(withQuestions(randomModel((bound) => randomBelow(rng, bound))))
    for (let i = 0; i < 25; i++) {
      const both = pair(draw(), draw(), 1)
      // These runs end, so a long prefix is the whole view.
      const long = prefixDistances(both, 12)
      const found = directions(both)
      expect(wholeDistance(found).equals(long.at(-1) as Rational)).toBe(true)
      for (const n of [1, 3, 6]) expect(distanceAfter(found, n).compare(long[n] as Rational)).toBe(0)
      const interval = wholeInterval(both, 12)
      expect(interval.lower.equals(interval.upper)).toBe(true)
      expect(interval.lower.equals(long.at(-1) as Rational)).toBe(true)
    }
  })
})

describe('verdicts over all k', () => {
  it('speak of the prefix of the view, or of the view of a prefix of the run', () => {
    const { IDEAL, LISTENER, OUTER, PINGER, REAL } = counterexample
    const whole = (part: typeof REAL) =>
      closed(LISTENER, PINGER, ...OUTER.machines.machines, ...part.machines.machines)
    expect(judgeSure(whole(REAL), whole(IDEAL)).definition3).toMatchObject({ known: 'proved', holds: false })
    expect(judgeSure(whole(REAL), whole(IDEAL), 'of-run').definition3).toMatchObject({
      known: 'proved',
      holds: true,
    })
  })

  it('agree with single k', () => {
    const { definition7, whole } = judge(
      configuration(authentication.TAGGED_FOR_ALL_K, authentication.SENDER, authentication.FORGER),
      configuration(
        authentication.AUTHENTICATED,
        authentication.SENDER,
        machine('A', {
          ports: ['tap?', 'inject!', 'inject◁!'],
          on: { 'tap?': () => deliver('inject', 'drop') },
        }),
      ),
    )
    expect(definition7).toMatchObject({ known: 'proved', holds: true })
    expect(whole?.format()).toBe('x')
  })

  it('stay unknown where nothing is known, and exact where single k agree', () => {
    // A machine that is a function of k otherwise than by marks cannot be judged for all k at once.
    const needsK = closed(
      machine('H', { ports: ['a?'] }),
      machine('X', {
        ports: ['clk◁?', 'a!', 'a◁!'],
        initial: (k: number) => k,
        counters: { n: counter('*', { end: 1 }) },
        on: { 'clk◁?': ({ state }) => deliver('a', `${state}`) },
        final: (_, { n }) => n.is('end'),
      }),
    )
    const { definition7 } = judge(needsK, needsK, { upTo: 4 })
    expect(definition7).toMatchObject({ known: 'exact', holds: true, upTo: 4 })
    expect(formatVerdict(definition7)).toContain('unknown beyond')
    expect(judgeSure(needsK, needsK).definition3).toMatchObject({ known: 'unknown' })
  })

  it('a leak judged under EXPSMALL', () => {
    const real = configuration(leak.LEAKING, leak.LISTENER, leak.INVOKER)
    const ideal = configuration(leak.TIGHT, leak.LISTENER, leak.INVOKER)
    expect(judge(real, ideal, { small: 'EXPSMALL' }).definition7).toMatchObject({
      known: 'proved',
      holds: false,
    })
  })
})

describe('classes of small functions', () => {
  const f = { coefficient: fraction('3/4'), exponent: 1, power: -1 }
  it('as printed and mended', () => {
    expect(formatSmall(f)).toBe('3/4·2^{-k}·k^{-1}')
    expect(isNegligible(f) && isExpSmall(f) && isExpSmallAsPrinted(f, 1)).toBe(true)
    expect(isExpSmallAsPrinted({ ...f, coefficient: fraction('3/2') }, 1)).toBe(false)
    expect(isExpSmall({ ...f, power: 5 })).toBe(true)
    expect(isNegligible({ coefficient: fraction(1), exponent: 0, power: -9 })).toBe(false)
  })
})

describe('models beyond the paper', () => {
  it('ap4.0 answers a challenge once, so a replay fails but for a repeated nonce', () => {
    const real = configuration(ap.authenticationProtocol('ap4.0'), ap.WITNESS, ap.REPLAYER)
    const ideal = configuration(ap.authenticationProtocol('ap3.1'), ap.WITNESS, ap.REPLAYER)
    expect(prefixDistance(pair(real, ideal, 3), 8).lower.toString()).toBe('7/8')
  })
  it('a sealed noise key tells Eve nothing', () => {
    const both = pair(
      configuration(noiseKey.noiseKey('1/4'), noiseKey.OBSERVER, noiseKey.EVE),
      configuration(noiseKey.noiseKey(0), noiseKey.OBSERVER, noiseKey.EVE),
      1,
    )
    expect(prefixDistance(both, noiseKey.entriesFor(1)).lower.toString()).toBe('1/4')
  })
})

describe('views cut by steps of the run', () => {
  it('an interpreter that is cut says so', () => {
    const { LISTENER, PINGER, M0, M1 } = counterexample
    const cut = run(closed(LISTENER, PINGER, M1, M0), 20, { activations: 3 })
    expect(cut).toMatchObject({ ended: 'cut', executed: 3 })
  })
})
