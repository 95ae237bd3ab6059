import { randomBelow } from '@warren/primitives/rng'
import { testRng } from '@warren/testkit/rng'
import { describe, expect, it } from 'vitest'
import { pair, prefixDistance, prefixDistances } from '../src/index.ts'
import {
  distanceOf,
  enumerate,
  randomModel,
  type TableModel,
  toCollection,
  toWebPpl,
  withQuestions,
} from './random-models.ts'

const MODELS = 100
const PREFIX = 3

/** What `Infer` returns. */
interface WebPplDistribution {
  support(): string[]
  score(view: string): number
}

async function webPplViews(models: readonly TableModel[]): Promise<Map<string, number>[]> {
  const { default: webppl } = (await import('webppl')) as unknown as { default: typeof import('webppl') }
  return new Promise((resolve) => {
    webppl.run<WebPplDistribution[]>(toWebPpl(models, PREFIX), (_, distributions) => {
      resolve(distributions.map((d) => new Map(d.support().map((view) => [view, Math.exp(d.score(view))]))))
    })
  })
}

describe('a hundred random small models, two at a time', () => {
  const rng = testRng('three ways')
  const below = (bound: number) => randomBelow(rng, bound)
  const models = Array.from({ length: MODELS }, (_, i) => {
    // A pair shares its user: views are compared of one machine.
    const real = withQuestions(randomModel(below))
    const other = withQuestions(randomModel(below))
    const ideal = { ...other, tables: { ...other.tables, H: real.tables.H } }
    // Every second pair differs only in M, as a protocol and its ideal do.
    return { real, ideal: i % 2 === 0 ? ideal : { ...ideal, tables: { ...ideal.tables, X: real.tables.X } } }
  })

  it('have the distances that naive enumeration finds, exactly', () => {
    let zeros = 0
    for (const { real, ideal } of models) {
      const both = pair(toCollection(real), toCollection(ideal), 1)
      const byLength = prefixDistances(both, PREFIX)
      for (let prefix = 0; prefix <= PREFIX; prefix++) {
        const expected = distanceOf(enumerate(real, prefix), enumerate(ideal, prefix))
        expect(prefixDistance(both, prefix).lower.toString()).toBe(expected.toString())
        expect(byLength[prefix]?.toString()).toBe(expected.toString())
        if (expected.isZero()) zeros++
      }
    }
    // The positive control: the models do differ.
    expect(zeros).toBeLessThan(MODELS * 2)
  })

  it('and the distances that WebPPL finds, to 12 digits', async () => {
    const reals = await webPplViews(models.map((m) => m.real))
    const ideals = await webPplViews(models.map((m) => m.ideal))
    models.forEach(({ real, ideal }, i) => {
      const found = prefixDistance(pair(toCollection(real), toCollection(ideal), 1), PREFIX).lower.toNumber()
      const [p, q] = [reals[i] as Map<string, number>, ideals[i] as Map<string, number>]
      let sum = 0
      for (const key of new Set([...p.keys(), ...q.keys()]))
        sum += Math.abs((p.get(key) ?? 0) - (q.get(key) ?? 0))
      expect(Math.abs(found - sum / 2)).toBeLessThan(1e-12)
    })
  })
})
