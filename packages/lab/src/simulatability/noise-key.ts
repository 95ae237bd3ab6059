import {
  type AllK,
  areEquivalent,
  bestDistinguisher,
  configuration,
  type Distinguisher,
  judge,
  pair,
  prefixDistance,
} from '@warren/reactive'
import { noiseKey } from '@warren/reactive/library'
import { defineScenario } from '../scenario.ts'
import { asRefuted, whether } from './known.ts'

const { EVE, OBSERVER, entriesFor } = noiseKey

interface Result {
  leak: number
  curve: { samples: number; distance: number }[]
  /** Equivalence without and with the leak; the second is the positive control. */
  sealed: boolean
  leaking: boolean
  all: AllK
  /** With few samples: on which views the best test says "real". */
  test: { distinguisher: Distinguisher; samples: number; byRatio: boolean }
}

/** ½·Σ_j C(n,j)·|p^j(1−p)^{n−j} − 2^{−n}|: the distance of n biased samples from n fair ones. */
function binomial(n: number, p: number): number {
  let [sum, choices] = [0, 1]
  for (let j = 0; j <= n; j++) {
    sum += choices * Math.abs(p ** j * (1 - p) ** (n - j) - 2 ** -n)
    choices = (choices * (n - j)) / (j + 1)
  }
  return sum / 2
}

export const noiseKeyScenario = defineScenario<{ permille: number; samples: number }, Result>({
  id: 'simulatability/noise-key-bit',
  title: 'A bit of the noise key exchange and Eve’s likelihood ratio',
  source: { paper: 'simulatability', section: 'beyond the paper' },
  summary:
    'A bit of the exchange of *kljn*, over a finite alphabet: Eve’s samples are + with probability 1/2 ± δ by the bit, ' +
    'as the second-law attack makes them. The views of the user and Eve together are compared with an ideal key. The ' +
    'samples are exchangeable, so their prefixes merge into n+1 classes.',
  parameters: {
    permille: { kind: 'integer', default: 50, min: 0, max: 500, unit: '‰', help: 'the leak δ' },
    samples: { kind: 'integer', default: 40, min: 1, max: 120, help: 'samples that Eve takes' },
  },
  run({ permille, samples }) {
    const real = configuration(noiseKey.noiseKey(`${permille}/1000`), OBSERVER, EVE)
    const ideal = configuration(noiseKey.noiseKey(0), OBSERVER, EVE)
    const both = pair(real, ideal, 1)
    const few = 4
    const distinguisher = bestDistinguisher(both, entriesFor(few))
    // By the likelihood ratio: it accepts exactly where the real probability is larger.
    const byRatio = distinguisher.accepts.every(({ real: p, ideal: q }) => p.compare(q) > 0)
    const counts = [...new Set([1, 2, 5, 10, 20, samples])].filter((n) => n <= samples)
    return Promise.resolve({
      leak: permille / 1000,
      curve: counts.map((n) => ({
        samples: n,
        distance: prefixDistance(both, entriesFor(n)).lower.toNumber(),
      })),
      sealed: areEquivalent(pair(configuration(noiseKey.noiseKey('0/1'), OBSERVER, EVE), ideal, 1)),
      leaking: !areEquivalent(pair(configuration(noiseKey.noiseKey('1/1000'), OBSERVER, EVE), ideal, 1)),
      all: judge(real, ideal),
      test: { distinguisher, samples: few, byRatio },
    })
  },
  figures: ({ curve, leak }) => [
    {
      kind: 'series',
      title: `Distance from an ideal key, δ = ${leak}`,
      x: { label: 'samples' },
      y: { label: 'distance' },
      lines: [{ name: 'exact', points: curve.map(({ samples, distance }) => [samples, distance] as const) }],
    },
  ],
  claims: [
    {
      id: 'sealed',
      statement: 'With δ = 0 the bit is perfectly secure, for any number of samples',
      source: 'beyond the paper (kljn)',
      stands: 'holds',
      check: ({ sealed, leaking }) =>
        whether(
          sealed && leaking,
          `δ = 0: ${sealed ? 'equivalent' : 'different'}; δ = 1/1000: ${leaking ? 'different' : 'equivalent'}`,
          'equivalent; different (the control)',
        ),
    },
    {
      id: 'binomial',
      statement: 'With δ > 0, n samples are as far from an ideal key as n biased coins from n fair ones',
      source: 'beyond the paper (kljn)',
      stands: 'holds',
      check: ({ curve, leak }) =>
        whether(
          curve.every(({ samples, distance }) => Math.abs(distance - binomial(samples, 0.5 + leak)) < 1e-12),
          curve.map(({ samples, distance }) => `${samples}: ${distance.toFixed(6)}`).join(', '),
          'the binomial sum, to 12 digits',
        ),
    },
    {
      id: 'likelihood-ratio',
      statement:
        'Eve’s best test says “real” exactly where the likelihood ratio exceeds 1; its advantage is the distance',
      source: 'beyond the paper',
      stands: 'holds',
      check({ test: { distinguisher, samples, byRatio }, leak }) {
        const { advantage, accepts, views } = distinguisher
        return whether(
          byRatio && Math.abs(advantage.toNumber() - binomial(samples, 0.5 + leak)) < 1e-12,
          `${accepts.length} of ${views} views, advantage ${advantage.toNumber().toFixed(6)}`,
          `${binomial(samples, 0.5 + leak).toFixed(6)}`,
        )
      },
    },
    {
      id: 'not-small',
      statement: 'A constant leak is not small in k, under either definition',
      source: 'beyond the paper',
      stands: 'holds',
      check: ({ all }) => asRefuted(all.definition3, 'refuted by a prefix of constant length'),
    },
  ],
})
