import { bsyRule, ksDifference, optimalAttack, runTraces, seededPrng, type TraceTally } from '@warren/kljn'
import { defineScenario } from '../scenario.ts'
import {
  bitsParameter,
  equationParameters,
  type LoopParameters,
  loopFrom,
  loopParameters,
  samplesParameter,
} from './loop-parameters.ts'
import { above, equals, shareAgrees } from './verdict.ts'

interface Parameters extends LoopParameters {
  samples: number
  bits: number
}

interface Result {
  p: Parameters
  expected: number
  tally: TraceTally<'bsy'>
  /** d ln Δ_KS / d ln R_c for a cable much thinner than the resistors. */
  exponent: number
}

export const bergouScheuerYariv = defineScenario<Parameters, Result>({
  id: 'kljn/bergou-scheuer-yariv',
  title: 'The cable-resistance attack of Bergou, Scheuer and Yariv',
  source: { paper: 'kljn', section: '§1, refs 6–8' },
  summary:
    'Eve compares the mean squares of the voltages at the two ends, in the form that Kish and Scheuer (2010) gave the attack. Their difference grows with the square of R_c, but its fluctuation grows with R_c too, so the chance of a right guess is that of the Second-Law attack.',
  parameters: { ...loopParameters, samples: samplesParameter(200), bits: bitsParameter(3000) },
  async run(p, { rng, signal }) {
    const loop = loopFrom(p)
    const samples = p.samples + (p.samples % 2)
    const at = (rc: number) => Math.log(ksDifference(equationParameters({ ...p, rc })))
    const thin = p.rl * 1e-6
    return {
      p: { ...p, samples },
      expected: optimalAttack(loop, samples).right,
      tally: runTraces({ loop, samples, bits: p.bits, rules: { bsy: bsyRule }, signal }, seededPrng(rng)),
      exponent: (at(2 * thin) - at(thin)) / Math.LN2,
    }
  },
  figures: ({ p }) => [
    {
      kind: 'series',
      title: 'Eve’s signal Δ_KS against the cable resistance',
      x: { label: 'R_c', unit: 'Ω', scale: 'log' },
      y: { label: 'Δ_KS', unit: 'V²', scale: 'log' },
      lines: [
        {
          name: 'eq. (1)',
          points: Array.from({ length: 40 }, (_, i) => {
            const rc = p.rl * 10 ** (-3 + i / 10)
            return [rc, ksDifference(equationParameters({ ...p, rc }))] as const
          }),
        },
      ],
    },
  ],
  claims: [
    {
      id: 'square',
      statement: 'Δ_KS scales with the square of the cable resistance',
      source: '§1',
      stands: 'holds',
      check: (r) => equals(r.exponent, 2, 1e-5),
    },
    {
      id: 'chance',
      statement: 'Eve’s chance by BSY is the best there is on a resistive line, with ideal instruments',
      source: 'beyond the paper',
      stands: 'holds',
      check: ({ tally, expected, p }) =>
        shareAgrees(tally.right.bsy, tally.bits, expected, `N = ${p.samples}, ${tally.bits} bits`),
    },
    {
      id: 'control',
      statement: 'Positive control: the count is away from one half by more than 5σ',
      source: 'beyond the paper',
      stands: 'holds',
      check: ({ tally }) => above(tally.right.bsy / tally.bits, 0.5 + 5 * Math.sqrt(0.25 / tally.bits)),
    },
  ],
})
