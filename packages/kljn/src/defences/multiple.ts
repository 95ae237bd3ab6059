import { chanceOfCorrelation, correlation } from '../attacks/likelihood-ratio.ts'
import { KljnError } from '../errors.ts'
import { checkRange } from '../range.ts'
import { type Line, symmetricLoop } from '../wire/model.ts'

/**
 * The "multiple" scheme (MKLJN): both parties choose from one public set of resistors, and a public truth table says
 * which bit a pair means. An ordered pair and its reverse mean opposite bits, so Eve, who learns the pair from the mean
 * squares, is left with the question of the order. What is gained is the share of exchanges that can be kept,
 * (n − 1)/n in place of ½, and that a leak must resolve the order of every pair; what is lost is that neighbours in
 * the set are harder for the parties to tell apart.
 */
export interface ResistorSet {
  resistancesOhms: readonly number[]
  line: Line
  temperatureKelvin: number
  bandwidthHertz: number
}

function check(set: ResistorSet): void {
  checkRange('number of resistors', set.resistancesOhms.length, { unit: '', min: 2, max: 64 })
  if (new Set(set.resistancesOhms).size !== set.resistancesOhms.length)
    throw new KljnError(
      'kljn/parameter',
      'resistancesOhms: two are equal; all must differ, or no bit is exchanged',
    )
}

/** The bit that Alice's resistor i and Bob's j mean; undefined where they hold the same. t(i,j) ≠ t(j,i). */
export function truthTable(i: number, j: number): 0 | 1 | undefined {
  if (i === j) return undefined
  const rising = i < j ? 0 : 1
  // the parity of the sum mixes the meanings, so that "Alice has the larger" alone says nothing
  return (rising ^ ((i + j) & 1)) as 0 | 1
}

export interface MultipleLeak {
  /** Share of exchanges with different resistors. */
  keptShare: number
  /** Eve's mean chance over the kept pairs, when she knows the pair. */
  eve: number
  /** The pair that leaks most. */
  worst: number
}

/** What Eve gains from the line's resistance, in closed form, over N samples a bit. */
export function multipleLeak(set: ResistorSet, samples: number): MultipleLeak {
  check(set)
  const chances: number[] = []
  const all = set.resistancesOhms
  all.forEach((lowOhms, i) => {
    for (const highOhms of all.slice(i + 1)) {
      const pair = symmetricLoop({ ...set, lowOhms, highOhms })
      chances.push(chanceOfCorrelation(correlation(pair), samples))
    }
  })
  return {
    keptShare: (all.length - 1) / all.length,
    eve: chances.reduce((sum, p) => sum + p, 0) / chances.length,
    worst: Math.max(...chances),
  }
}
