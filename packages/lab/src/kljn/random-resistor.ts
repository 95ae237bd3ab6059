import {
  chanceAliceHigher,
  explanation,
  type Generator,
  otherEnd,
  type RandomRange,
  seededPrng,
} from '@warren/kljn'
import { defineScenario } from '../scenario.ts'
import { histogram } from './histogram.ts'
import { above, below } from './verdict.ts'

interface Parameters {
  rl: number
  rh: number
  spread: number
  exchanges: number
}

interface Result {
  p: Parameters
  /** Largest relative error of what a party finds out about the other end. */
  misses: number
  /** The share that Eve gets right by her posterior, and what the posterior expects of itself. */
  right: number
  expected: number
  posteriors: number[]
  /** For one exchange: resistances of Alice's that explain it, against those of Bob's that go with them. */
  curve: [number, number][]
  /** The largest over the smallest resistance of Alice's that is possible in that exchange. */
  width: number
}

export const randomResistor = defineScenario<Parameters, Result>({
  id: 'kljn/random-resistor',
  title: 'RRRT: random resistors at random temperatures',
  source: { paper: 'kljn', section: '§2.2' },
  summary:
    'Resistances and temperatures are drawn afresh for each exchange. A party knows its own two and solves for the other’s; Eve has three equations for four unknowns. That leaves her a curve of explanations, but not an even one: integrating the prior along it, she still guesses who has the larger resistor better than a coin. Moments are exact here, which is the best case for everybody. (Scheme: Kish and Granqvist, as we read its abstract; the bit “who has the larger resistor” and the priors are ours.)',
  parameters: {
    rl: { kind: 'number', unit: 'Ω', default: 1000, min: 1, max: 1e6, help: 'smallest resistance' },
    rh: { kind: 'number', unit: 'Ω', default: 10_000, min: 2, max: 1e7, help: 'largest resistance' },
    spread: {
      kind: 'number',
      default: 10,
      min: 1.1,
      max: 1e6,
      help: 'largest mean square of a generator over the smallest',
    },
    exchanges: bitsLike(600),
  },
  async run(p, { rng, signal }) {
    const prng = seededPrng(rng)
    const range: RandomRange = { lowOhms: p.rl, highOhms: p.rh, lowVolts2: 1, highVolts2: p.spread }
    const draw = (): Generator => ({
      ohms: p.rl * (p.rh / p.rl) ** prng.unit(),
      volts2: p.spread ** prng.unit(),
    })
    const posteriors: number[] = []
    let misses = 0
    let right = 0
    let expected = 0
    let curve: [number, number][] = []
    for (let k = 0; k < p.exchanges; k++) {
      signal.throwIfAborted()
      const [a, b] = [draw(), draw()]
      const s = a.ohms + b.ohms
      const moments = {
        uu: (a.volts2 * b.ohms ** 2 + b.volts2 * a.ohms ** 2) / s ** 2,
        ui: (a.volts2 * b.ohms - b.volts2 * a.ohms) / s ** 2,
        ii: (a.volts2 + b.volts2) / s ** 2,
      }
      misses = Math.max(misses, Math.abs(otherEnd(a, moments).ohms / b.ohms - 1))
      const posterior = chanceAliceHigher(moments, range)
      posteriors.push(posterior)
      expected += Math.max(posterior, 1 - posterior) / p.exchanges
      if (posterior > 0.5 === a.ohms > b.ohms) right++
      if (curve.length === 0)
        curve = Array.from({ length: 200 }, (_, i) => {
          const alice = p.rl * (p.rh / p.rl) ** (i / 199)
          return { alice, made: explanation(alice, moments) }
        })
          .filter(({ made: { alice, bob } }) => {
            const inside = (g: Generator) =>
              g.ohms >= p.rl && g.ohms <= p.rh && g.volts2 >= 1 && g.volts2 <= p.spread
            return inside(alice) && inside(bob)
          })
          .map(({ alice, made }) => [alice, made.bob.ohms])
    }
    const ends = curve.map(([alice]) => alice)
    return {
      p,
      misses,
      right: right / p.exchanges,
      expected,
      posteriors,
      curve,
      width: Math.max(...ends) / Math.min(...ends),
    }
  },
  figures: ({ curve, posteriors }) => [
    {
      kind: 'series',
      title: 'One exchange as Eve sees it: every point explains her three numbers',
      x: { label: 'R_A', unit: 'Ω' },
      y: { label: 'R_B', unit: 'Ω' },
      lines: [{ name: 'possible', points: curve }],
    },
    histogram('Eve’s posterior chance that Alice has the larger resistor', { label: 'chance' }, [
      { name: 'exchanges', values: posteriors },
    ]),
  ],
  claims: [
    {
      id: 'parties',
      statement: 'A party finds the other’s resistance from its own two numbers and the wire',
      source: 'beyond the paper',
      stands: 'holds',
      check: ({ misses }) => below(misses, 1e-9),
    },
    {
      id: 'curve',
      statement: 'Eve cannot: many resistances of Alice’s explain the same three moments',
      source: 'beyond the paper',
      stands: 'holds',
      check: ({ width }) => above(width, 1.1),
    },
    {
      id: 'coin',
      statement: 'Because four unknowns face three equations, Eve can only toss a coin for the bit',
      source: 'beyond the paper',
      stands: 'fails',
      check: ({ right, p }) => {
        const bound = 0.5 + 5 * Math.sqrt(0.25 / p.exchanges)
        return {
          ...below(right, bound),
          expected: `less than ${bound.toFixed(3)}, which is 5σ (${p.exchanges} exchanges; false alarm 2.9e-7; seed by --seed, 1 unless given)`,
        }
      },
    },
    {
      id: 'calibrated',
      statement: 'Positive control: Eve’s posterior is right as often as it says',
      source: 'beyond the paper',
      stands: 'holds',
      check: ({ right, expected, p }) => {
        const sigma = Math.sqrt((expected * (1 - expected)) / p.exchanges)
        return {
          verdict: Math.abs(right - expected) < 5 * sigma ? 'holds' : 'fails',
          measured: right.toFixed(4),
          expected: `${expected.toFixed(4)} within 5σ, σ = ${sigma.toPrecision(2)} (${p.exchanges} exchanges; false alarm 5.7e-7)`,
        }
      },
    },
  ],
})

function bitsLike(value: number) {
  return { kind: 'integer' as const, default: value, min: 10, max: 1_000_000, help: 'simulated exchanges' }
}
