import {
  DECISION_MODES,
  type DecisionMode,
  optimalRule,
  partyDecision,
  runWishart,
  secondLawRule,
  seededPrng,
  type Tally,
} from '@warren/kljn'
import { defineScenario } from '../scenario.ts'
import {
  bitsParameter,
  type LoopParameters,
  loopFrom,
  loopParameters,
  samplesParameter,
} from './loop-parameters.ts'
import { equals, shareAgrees } from './verdict.ts'

interface Parameters extends LoopParameters {
  samples: number
  bits: number
}

interface Result {
  p: Parameters
  exact: Record<DecisionMode, number>
  tallies: Record<DecisionMode, Tally>
  worse: number
  better: number
  /** ln(error) per sample between N and 2N, and between 2N and 3N. */
  slopes: [number, number]
}

const error = (p: LoopParameters, mode: DecisionMode, samples: number) =>
  (partyDecision(loopFrom(p), 'alice', 'L', mode, samples).wrong +
    partyDecision(loopFrom(p), 'alice', 'H', mode, samples).wrong) /
  2

export const bitErrors = defineScenario<Parameters, Result>({
  id: 'kljn/bit-errors',
  title: 'How often Alice and Bob misread the wire',
  source: { paper: 'kljn', section: 'ref. 16' },
  summary:
    'A party decides what the other has connected from the mean square of the voltage, of the current, from the better of the two, or from both with its own noise (the likelihood ratio). The errors are tails of χ², and fall exponentially with the time spent on a bit (Saez and others 2013, 2014).',
  parameters: {
    ...loopParameters,
    rc: { ...loopParameters.rc, default: 0 },
    samples: samplesParameter(50),
    bits: bitsParameter(200_000),
  },
  async run(p, { rng, signal }) {
    const prng = seededPrng(rng)
    const loop = loopFrom(p)
    const eve = p.rc === 0 ? secondLawRule : optimalRule(loop)
    const each = <T>(of: (mode: DecisionMode) => T) =>
      Object.fromEntries(DECISION_MODES.map((mode) => [mode, of(mode)])) as Record<DecisionMode, T>
    const single = partyDecision(loop, 'alice', 'L', 'voltage', p.samples).wrong
    const other = partyDecision(loop, 'alice', 'L', 'current', p.samples).wrong
    const ln = (n: number) => Math.log(error(p, 'best-of-both', n))
    const n = p.samples
    return {
      p,
      exact: each((mode) => error(p, mode, p.samples)),
      tallies: each((mode) => runWishart({ loop, samples: n, bits: p.bits, mode, eve, signal }, prng)),
      worse: Math.max(single, other),
      better: Math.min(single, other),
      slopes: [(ln(2 * n) - ln(n)) / n, (ln(3 * n) - ln(2 * n)) / n],
    }
  },
  figures: ({ p, exact, tallies }) => [
    {
      kind: 'table',
      title: `A party’s errors, N = ${p.samples}`,
      columns: [
        { name: 'decision' },
        { name: 'closed form' },
        { name: 'Alice, simulated' },
        { name: 'Bob, simulated' },
        { name: 'kept bits that differ' },
      ],
      rows: DECISION_MODES.map((mode) => {
        const t = tallies[mode]
        return [mode, exact[mode], t.aliceWrong / t.bits, t.bobWrong / t.bits, t.keptWrong / t.kept]
      }),
    },
    {
      kind: 'series',
      title: 'Errors against the number of samples',
      x: { label: 'N' },
      y: { label: 'chance of a wrong decision', scale: 'log' },
      lines: DECISION_MODES.filter((mode) => mode !== 'current').map((mode) => ({
        name: mode === 'voltage' ? 'voltage, or current' : mode,
        points: [4, 6, 8, 10, 15, 20, 25, 30, 40, 50, 60, 70, 80].map((n) => [n, error(p, mode, n)] as const),
      })),
    },
  ],
  claims: [
    ...DECISION_MODES.flatMap((mode) =>
      (['alice', 'bob'] as const).map((party) => ({
        id: `${mode}-${party}`,
        statement: `${party === 'alice' ? 'Alice' : 'Bob'} by ${mode}: simulation and closed form agree`,
        source: 'beyond the paper',
        stands: 'holds' as const,
        check: ({ exact, tallies, p }: Result) => {
          const tally = tallies[mode]
          return shareAgrees(
            party === 'alice' ? tally.aliceWrong : tally.bobWrong,
            tally.bits,
            exact[mode],
            `N = ${p.samples}, ${tally.bits} bits`,
          )
        },
      })),
    ),
    {
      id: 'numbers',
      statement: '9k/1k, N = 50: the worse mean square errs with 7.2e-2, the better with 4.1e-5',
      source: 'beyond the paper',
      stands: 'holds',
      check: ({ worse, better }) => ({
        ...equals(Math.max(Math.abs(worse - 7.2e-2) / 7.2e-2, Math.abs(better - 4.05e-5) / 4.05e-5), 0, 0.01),
        measured: `${worse.toPrecision(3)} and ${better.toPrecision(3)}`,
        expected: '7.2e-2 and 4.05e-5, to 1 %',
      }),
    },
    {
      id: 'exponential',
      statement: 'Errors fall exponentially with the time spent on a bit',
      source: 'ref. 16',
      stands: 'holds',
      check: ({ slopes: [first, second] }) => ({
        ...equals(second / first, 1, 0.1),
        measured: `ln(error) falls by ${(-first).toPrecision(3)} a sample, then by ${(-second).toPrecision(3)}`,
        expected: 'the same to 10 %',
      }),
    },
    {
      id: 'combination',
      statement:
        'Positive control: the combinations err less than either mean square alone, in the order of what they use',
      source: 'ref. 16',
      stands: 'holds',
      check: ({ exact }) => ({
        verdict:
          exact['own-noise'] < exact['best-of-both'] && exact['best-of-both'] < exact.voltage
            ? 'holds'
            : 'fails',
        measured: `${exact['own-noise'].toPrecision(3)} < ${exact['best-of-both'].toPrecision(3)} < ${exact.voltage.toPrecision(3)}`,
        expected: 'in that order',
      }),
    },
  ],
})
