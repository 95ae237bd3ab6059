import { bsyRule, chanceWithInstrument, runTraces, secondLawRule, seededPrng } from '@warren/kljn'
import { defineScenario } from '../scenario.ts'
import {
  bitsParameter,
  type LoopParameters,
  loopFrom,
  loopParameters,
  samplesParameter,
} from './loop-parameters.ts'
import { above, below, shareAgrees } from './verdict.ts'

const CASES = [
  { id: 'ideal', gainError: 0, noiseFraction: 0, spec: [0.879, 0.879] },
  { id: 'gain', gainError: 0.005, noiseFraction: 0, spec: [0.873, 0.499] },
  { id: 'noise', gainError: 0, noiseFraction: 0.05, spec: [0.879, 0.785] },
  { id: 'both', gainError: 0.005, noiseFraction: 0.05, spec: [0.873, 0.529] },
] as const

interface Parameters extends LoopParameters {
  samples: number
  bits: number
  adcBits: number
}

interface Row {
  exact: { secondLaw: number; bsy: number }
  simulated: { secondLaw: number; bsy: number }
}

interface Result {
  p: Parameters
  rows: Row[]
}

export const instruments = defineScenario<Parameters, Result>({
  id: 'kljn/instruments',
  title: 'What bad instruments do to the two attacks',
  source: { paper: 'kljn', section: '§2.1, §3' },
  summary:
    'With ideal instruments the Second-Law attack and the BSY attack are one test. What the newer one has is tolerance: BSY subtracts two mean squares that differ by a third of a percent, and two voltmeters that disagree by half a percent blind it. Closed form by the distribution of a quadratic form; simulation in the time domain, with converters.',
  parameters: {
    ...loopParameters,
    samples: samplesParameter(2000),
    bits: bitsParameter(800),
    adcBits: { kind: 'integer', default: 16, min: 1, max: 32, help: 'resolution of Eve’s converters' },
  },
  async run(p, { rng, signal }) {
    const prng = seededPrng(rng)
    const loop = loopFrom(p)
    const samples = p.samples + (p.samples % 2)
    const rows = CASES.map(({ gainError, noiseFraction }): Row => {
      const eve = { gainError, noiseFraction, adcBits: p.adcBits }
      const here = { ...loop, instruments: { ...loop.instruments, eve } }
      const { right, bits } = runTraces(
        { loop: here, samples, bits: p.bits, rules: { secondLaw: secondLawRule, bsy: bsyRule }, signal },
        prng,
      )
      return {
        exact: {
          secondLaw: chanceWithInstrument(loop, secondLawRule, eve, samples),
          bsy: chanceWithInstrument(loop, bsyRule, eve, samples),
        },
        simulated: { secondLaw: right.secondLaw / bits, bsy: right.bsy / bits },
      }
    })
    return { p: { ...p, samples }, rows }
  },
  figures: ({ p, rows }) => [
    {
      kind: 'table',
      title: `Eve’s chance, N = ${p.samples}`,
      columns: [
        { name: 'gain error' },
        { name: 'added noise' },
        { name: 'Second Law' },
        { name: 'simulated' },
        { name: 'BSY' },
        { name: 'simulated' },
      ],
      rows: rows.map((row, i) => [
        `${100 * (CASES[i]?.gainError ?? 0)} %`,
        `${100 * (CASES[i]?.noiseFraction ?? 0)} %`,
        row.exact.secondLaw,
        row.simulated.secondLaw,
        row.exact.bsy,
        row.simulated.bsy,
      ]),
    },
    {
      kind: 'series',
      title: 'Eve’s chance against the disagreement of her voltmeters',
      x: { label: 'gain error', unit: '%' },
      y: { label: 'p' },
      lines: (
        [
          ['Second Law', secondLawRule],
          ['BSY', bsyRule],
        ] as const
      ).map(([name, rule]) => ({
        name,
        points: Array.from({ length: 21 }, (_, i) => {
          const eve = { gainError: i * 5e-4, noiseFraction: 0, adcBits: p.adcBits }
          return [i * 0.05, chanceWithInstrument(loopFrom(p), rule, eve, p.samples)] as const
        }),
      })),
    },
  ],
  claims: [
    ...CASES.flatMap(({ id, gainError, noiseFraction }, i) =>
      (['secondLaw', 'bsy'] as const).map((rule) => ({
        id: `${id}-${rule === 'bsy' ? 'bsy' : 'second-law'}`,
        statement: `${rule === 'bsy' ? 'BSY' : 'Second Law'}, gain error ${100 * gainError} %, added noise ${100 * noiseFraction} %: simulation and closed form agree`,
        source: 'beyond the paper',
        stands: 'holds' as const,
        check: ({ p, rows }: Result) => {
          const row = rows[i] as Row
          return shareAgrees(
            row.simulated[rule] * p.bits,
            p.bits,
            row.exact[rule],
            `N = ${p.samples}, ${p.bits} bits`,
          )
        },
      })),
    ),
    {
      id: 'table',
      statement:
        'The table of the two attacks under instrument error: .879/.879, .873/.499, .879/.785, .873/.529 (Second Law/BSY), each within 0.01',
      source: 'beyond the paper',
      stands: 'holds',
      check: ({ rows }) => {
        const off = Math.max(
          ...rows.flatMap(({ exact }, i) => [
            Math.abs(exact.secondLaw - (CASES[i]?.spec[0] ?? 0)),
            Math.abs(exact.bsy - (CASES[i]?.spec[1] ?? 0)),
          ]),
        )
        return {
          ...below(off, 0.01),
          measured: rows
            .map(({ exact }) => `${exact.secondLaw.toFixed(3)}/${exact.bsy.toFixed(3)}`)
            .join(' '),
          expected: 'each within 0.01 (that table is itself a simulation; these are exact)',
        }
      },
    },
    {
      id: 'tolerance',
      statement:
        'Voltmeters that disagree by 0.5 % blind the BSY attack, and do nothing to the Second-Law attack',
      source: '§3, mended',
      stands: 'holds',
      check: ({ rows }) => {
        const { secondLaw, bsy } = (rows[1] as Row).exact
        return { ...above(secondLaw - bsy, 0.3), expected: 'a difference of more than 0.3' }
      },
    },
  ],
})
