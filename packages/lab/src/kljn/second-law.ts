import {
  bsyRule,
  chanceOfCorrelation,
  correlation,
  exactBeta,
  measuredMoments,
  optimalAttack,
  ruleValue,
  runTraces,
  secondLawRule,
  seededPrng,
  type TraceTally,
  traceSource,
  unsafePaperBeta,
} from '@warren/kljn'
import type { Figure } from '../figure.ts'
import { defineScenario } from '../scenario.ts'
import { histogram } from './histogram.ts'
import {
  bitsParameter,
  type LoopParameters,
  loopFrom,
  loopParameters,
  offsetOhms,
  samplesParameter,
} from './loop-parameters.ts'
import { above, below, equals, shareAgrees } from './verdict.ts'

interface Parameters extends LoopParameters {
  samples: number
  bits: number
}

interface Result {
  p: Parameters
  expected: number
  tally: TraceTally<'secondLaw' | 'bsy'>
  /** Of the bits in which the two rules decide differently. */
  disagreements: number
  scatter: { hl: [number, number][]; lh: [number, number][] }
  statistics: { hl: number[]; lh: number[] }
}

/** A scatter of 2000 points is as much as a picture holds. */
const POINTS = 1000

const chance = (p: LoopParameters, samples: number, beta = 1) =>
  chanceOfCorrelation(correlation(loopFrom(p, beta)), samples)

export const secondLaw = defineScenario<Parameters, Result>({
  id: 'kljn/second-law',
  title: 'The Second-Law attack',
  source: { paper: 'kljn', section: '§2.1' },
  summary:
    'Eve compares the powers that flow out of the two ends of the cable. Band-limited noise, Kirchhoff’s laws and Eve’s products, sample by sample, beside the closed form p = I_{(1+|ρ|)/2}(N/2, N/2). With ideal instruments this attack, that of Bergou, Scheuer and Yariv and the likelihood ratio decide alike on every bit.',
  parameters: { ...loopParameters, samples: samplesParameter(200), bits: bitsParameter(4000) },
  async run(p, { rng, signal }) {
    const prng = seededPrng(rng)
    const loop = loopFrom(p)
    const samples = p.samples + (p.samples % 2) // whole harmonics
    const source = traceSource(loop, samples, prng)
    const scatter: Result['scatter'] = { hl: [], lh: [] }
    const statistics: Result['statistics'] = { hl: [], lh: [] }
    let disagreements = 0
    for (let bit = 0; bit < Math.min(p.bits, 2000); bit++) {
      signal.throwIfAborted()
      for (const [name, key] of [
        ['HL', 'hl'],
        ['LH', 'lh'],
      ] as const) {
        const traces = source.bit(name)
        const m = measuredMoments(traces)
        const umum = (m.uaua + 2 * m.uaub + m.ubub) / 4
        statistics[key].push((m.uai + m.ubi) / 2 / Math.sqrt(umum * m.ii))
        if (ruleValue(secondLawRule, m) > 0 !== ruleValue(bsyRule, m) > 0) disagreements++
        if (scatter[key].length < POINTS) {
          const t = (bit * 7) % traces.aliceVolts.length
          const middle = ((traces.aliceVolts[t] as number) + (traces.bobVolts[t] as number)) / 2
          scatter[key].push([middle * 1e3, (traces.currentAmperes[t] as number) * 1e6])
        }
      }
    }
    const tally = runTraces(
      { loop, samples, bits: p.bits, rules: { secondLaw: secondLawRule, bsy: bsyRule }, signal },
      prng,
    )
    return {
      p: { ...p, samples },
      expected: optimalAttack(loop, samples).right,
      tally,
      disagreements,
      scatter,
      statistics,
    }
  },
  figures({ p, scatter, statistics }): Figure[] {
    const sizes = [10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000]
    const eleven = unsafePaperBeta(offsetOhms(p))
    const cables = Array.from({ length: 25 }, (_, i) => p.rl * 10 ** (-3 + i / 8))
    const line = (name: string, xs: readonly number[], of: (x: number) => number) => ({
      name,
      points: xs.map((x) => [x, of(x)] as const),
    })
    return [
      {
        kind: 'series',
        title: 'Eve’s chance against the number of samples',
        x: { label: 'N = 2·Δf·T', scale: 'log' },
        y: { label: 'p' },
        lines: [
          line('no defence', sizes, (n) => chance(p, n)),
          line('β of eq. (11)', sizes, (n) => chance(p, n, eleven)),
          line('β*', sizes, (n) => chance(p, n, exactBeta(offsetOhms(p)))),
        ],
      },
      {
        kind: 'series',
        title: `Eve’s chance against the cable resistance, N = ${p.samples}`,
        x: { label: 'R_c', unit: 'Ω', scale: 'log' },
        y: { label: 'p' },
        lines: [
          line('no defence', cables, (rc) => chance({ ...p, rc }, p.samples)),
          line('β of eq. (11)', cables, (rc) =>
            chance({ ...p, rc }, p.samples, unsafePaperBeta(offsetOhms({ ...p, rc }))),
          ),
          line('β*', cables, (rc) => chance({ ...p, rc }, p.samples, exactBeta(offsetOhms({ ...p, rc })))),
        ],
      },
      {
        kind: 'series',
        title: 'Voltage and current in the middle of the wire: HL looks like LH',
        x: { label: 'U_m', unit: 'mV' },
        y: { label: 'I', unit: 'µA' },
        lines: [
          { name: 'HL', style: 'points', points: scatter.hl },
          { name: 'LH', style: 'points', points: scatter.lh },
        ],
      },
      histogram(
        `Eve’s statistic, the correlation of U_m and I over one bit, N = ${p.samples}`,
        { label: 'correlation' },
        [
          { name: 'HL', values: statistics.hl },
          { name: 'LH', values: statistics.lh },
        ],
      ),
    ]
  },
  claims: [
    {
      id: 'works',
      statement: 'With a cable that has resistance, Eve guesses the bit better than by tossing a coin',
      source: '§2.1',
      stands: 'holds',
      check: ({ tally, p }) => {
        const right = tally.right.secondLaw / tally.bits
        const bound = 0.5 + 5 * Math.sqrt(0.25 / tally.bits)
        return {
          ...above(right, bound),
          expected: `more than ${bound.toFixed(4)}, which is 5σ (N = ${p.samples}, ${tally.bits} bits; false alarm 2.9e-7; seed by --seed, 1 unless given)`,
        }
      },
    },
    {
      id: 'closed-form',
      statement: 'The time-domain simulation meets the closed form',
      source: 'beyond the paper',
      stands: 'holds',
      check: ({ tally, expected, p }) =>
        shareAgrees(tally.right.secondLaw, tally.bits, expected, `N = ${p.samples}, ${tally.bits} bits`),
    },
    {
      id: 'better-than-bsy',
      statement:
        'The Second-Law attack tells Eve more than the BSY attack (linear against square scaling, better signal-to-noise ratio)',
      source: '§2.1, §3',
      stands: 'fails',
      check: ({ tally }) => ({
        verdict: tally.right.secondLaw > tally.right.bsy ? 'holds' : 'fails',
        measured: `p = ${(tally.right.secondLaw / tally.bits).toFixed(4)} by the Second Law, ${(tally.right.bsy / tally.bits).toFixed(4)} by BSY, on the same ${tally.bits} bits`,
        expected: 'the first larger than the second',
      }),
    },
    {
      id: 'same-test',
      statement:
        'For ideal instruments both are one test: U_cA − U_cB = R_c·I, so they decide alike on every bit',
      source: '§2.1, mended',
      stands: 'holds',
      check: ({ disagreements }) => equals(disagreements, 0, 0),
    },
    {
      id: 'tuned-away',
      statement: 'Eve’s chance approaches ½ when the parameters are tuned: R_c a thousandth of R_L, N = 100',
      source: '§2.1',
      stands: 'holds',
      check: ({ p }) => below(chance({ ...p, rc: p.rl / 1000 }, 100) - 0.5, 1e-3),
    },
    {
      id: 'control',
      statement: 'Positive control: at ten times the cable resistance and N = 2000 hardly a bit is safe',
      source: 'beyond the paper',
      stands: 'holds',
      check: ({ p }) => above(chance({ ...p, rc: 10 * p.rc }, 2000), 0.99),
    },
  ],
})
