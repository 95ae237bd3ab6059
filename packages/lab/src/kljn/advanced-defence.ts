import {
  bsyRule,
  chanceOfCorrelation,
  correlation,
  exactBeta,
  leakedBits,
  optimalAttack,
  runTraces,
  secondLawRule,
  seededPrng,
  type TraceTally,
  unsafePaperBeta,
} from '@warren/kljn'
import { defineScenario } from '../scenario.ts'
import {
  bitsParameter,
  type LoopParameters,
  loopFrom,
  loopParameters,
  offsetOhms,
  samplesParameter,
} from './loop-parameters.ts'
import { agrees, below, equals } from './verdict.ts'

interface Parameters extends LoopParameters {
  samples: number
  bits: number
}

type Rules = 'secondLaw' | 'bsy' | 'turned'

interface Case {
  name: string
  beta: number
  best: number
  leak: number
  tally: TraceTally<Rules>
}

interface Result {
  p: Parameters
  none: Case
  printed: Case
  exact: Case
}

const share = ({ tally }: Case, rule: Rules) => tally.right[rule] / tally.bits
const deviation = ({ tally }: Case) => Math.sqrt(0.25 / tally.bits)

export const advancedDefence = defineScenario<Parameters, Result>({
  id: 'kljn/advanced-defence',
  title: 'The advanced defence: a temperature offset',
  source: { paper: 'kljn', section: '§2.3' },
  summary:
    'The R_L resistors are made hotter by β. The paper’s β, eq. (11), equates only the forward terms of the power flow; Eve turns her sign and keeps 98 % of her signal. β* = (1 + R_c/2R_L)/(1 + R_c/2R_H) leaves nothing for any attack on a line that has only resistance. (On a real cable its capacitance leaks more.)',
  parameters: { ...loopParameters, samples: samplesParameter(1000), bits: bitsParameter(2000) },
  async run(p, { rng, signal }) {
    const prng = seededPrng(rng)
    const samples = p.samples + (p.samples % 2)
    const one = (name: string, beta: number): Case => {
      const loop = loopFrom(p, beta)
      const turned = { uai: -1, ubi: -1, threshold: 0 }
      return {
        name,
        beta,
        best: optimalAttack(loop, samples).right,
        leak: leakedBits(loop, samples),
        tally: runTraces(
          { loop, samples, bits: p.bits, rules: { secondLaw: secondLawRule, bsy: bsyRule, turned }, signal },
          prng,
        ),
      }
    }
    return {
      p: { ...p, samples },
      none: one('no defence', 1),
      printed: one('β of eq. (11)', unsafePaperBeta(offsetOhms(p))),
      exact: one('β*', exactBeta(offsetOhms(p))),
    }
  },
  figures({ p, none, printed, exact }) {
    const span = printed.beta - 1
    const betas = Array.from({ length: 81 }, (_, i) => 1 + (i / 40 - 0.25) * span)
    betas.push(exact.beta)
    betas.sort((a, b) => a - b)
    return [
      {
        kind: 'table',
        title: `Eve’s chance, N = ${p.samples}`,
        columns: [
          { name: 'defence' },
          { name: 'β' },
          { name: 'best attack, closed form' },
          { name: 'I(bit; Eve)', unit: 'bit' },
          { name: 'Second Law, simulated' },
          { name: 'BSY, simulated' },
          { name: 'with turned sign' },
        ],
        rows: [none, printed, exact].map((c) => [
          c.name,
          c.beta,
          c.best,
          c.leak,
          share(c, 'secondLaw'),
          share(c, 'bsy'),
          share(c, 'turned'),
        ]),
      },
      {
        kind: 'series',
        title: 'Eve’s best chance against β',
        x: { label: 'β' },
        y: { label: 'p' },
        lines: [100, 1000, 10_000].map((n) => ({
          name: `N = ${n}`,
          points: betas.map(
            (beta) => [beta, chanceOfCorrelation(correlation(loopFrom(p, beta)), n)] as const,
          ),
        })),
      },
    ]
  },
  claims: [
    {
      id: 'printed',
      statement: 'β of eq. (11) eliminates Eve’s information in both attacks',
      source: '§2.3, abstract',
      stands: 'fails',
      check: ({ printed, p }) =>
        agrees(
          share(printed, 'turned'),
          0.5,
          deviation(printed),
          `N = ${p.samples}, ${p.bits} bits, her sign turned`,
        ),
    },
    {
      id: 'printed-left',
      statement:
        'Under β of eq. (11) the best attack has exactly R_H/(R_H + R_c) of its signal left, the other way round',
      source: '§2.3, mended',
      stands: 'holds',
      check: ({ printed, p }) =>
        agrees(
          share(printed, 'turned'),
          printed.best,
          deviation(printed),
          `N = ${p.samples}, ${p.bits} bits`,
        ),
    },
    {
      id: 'exact',
      statement:
        'β* leaves Eve with a coin, whatever passive attack she makes on the resistive line (closed form)',
      source: '§2.3, mended',
      stands: 'holds',
      check: ({ exact }) => equals(exact.best, 0.5, 1e-9),
    },
    {
      id: 'exact-simulated',
      statement: 'Under β* the Second-Law attack and the BSY attack are right half of the time',
      source: '§2.3, mended',
      stands: 'holds',
      check: ({ exact, p }) =>
        agrees(
          share(exact, 'secondLaw'),
          0.5,
          deviation(exact),
          `N = ${p.samples}, ${p.bits} bits; BSY ${share(exact, 'bsy').toFixed(4)}`,
        ),
    },
    {
      id: 'exact-leak',
      statement: 'Under β* the mutual information is zero',
      source: 'beyond the paper',
      stands: 'holds',
      check: ({ exact }) => below(exact.leak, 1e-9),
    },
    {
      id: 'control',
      statement: 'Positive control: without the defence the same simulation finds the leak',
      source: 'beyond the paper',
      stands: 'holds',
      check: ({ none, p }) =>
        agrees(share(none, 'secondLaw'), none.best, deviation(none), `N = ${p.samples}, ${p.bits} bits`),
    },
  ],
})
