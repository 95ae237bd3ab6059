import {
  bsyRule,
  chanceWithInstrument,
  equaliseTemperature,
  expectedMoments,
  IDEAL_INSTRUMENT,
  loopState,
  optimalAttack,
  runTraces,
  secondLawRule,
  seededPrng,
  type TraceTally,
} from '@warren/kljn'
import { defineScenario } from '../scenario.ts'
import {
  bitsParameter,
  type LoopParameters,
  loopFrom,
  loopParameters,
  samplesParameter,
} from './loop-parameters.ts'
import { above, below, equals, shareAgrees } from './verdict.ts'

interface Parameters extends LoopParameters {
  samples: number
  bits: number
}

interface Result {
  p: Parameters
  powerShare: number
  hot: { secondLaw: number; bsy: number; best: number }
  cold: { secondLaw: number; bsy: number; best: number }
  tally: TraceTally<'secondLaw' | 'bsy'>
}

export const naturalDefence = defineScenario<Parameters, Result>({
  id: 'kljn/natural-defence',
  title: 'The natural defence: a cable as hot as the resistors',
  source: { paper: 'kljn', section: '§2.2' },
  summary:
    'In thermal equilibrium no mean power flows anywhere, so the Second-Law attack sees nothing. The paper adds that the BSY attack still works and that its formula changes. It changes much: the mean squares at the two ends then differ by K·R_c(R_H − R_L)/S, linear in R_c where it was square, and Eve’s best chance rises instead of falling.',
  parameters: { ...loopParameters, samples: samplesParameter(100), bits: bitsParameter(3000) },
  async run(p, { rng, signal }) {
    const samples = p.samples + (p.samples % 2)
    const cold = loopFrom(p)
    const hot = equaliseTemperature(cold)
    const m = expectedMoments(loopState(hot, 'HL'))
    const chances = (loop: typeof hot) => ({
      secondLaw: chanceWithInstrument(loop, secondLawRule, IDEAL_INSTRUMENT, samples),
      bsy: chanceWithInstrument(loop, bsyRule, IDEAL_INSTRUMENT, samples),
      best: optimalAttack(loop, samples).right,
    })
    return {
      p: { ...p, samples },
      powerShare: (m.uai + m.ubi) / Math.sqrt(m.uaua * m.ii),
      hot: chances(hot),
      cold: chances(cold),
      tally: runTraces(
        { loop: hot, samples, bits: p.bits, rules: { secondLaw: secondLawRule, bsy: bsyRule }, signal },
        seededPrng(rng),
      ),
    }
  },
  figures: ({ p, hot, cold, tally }) => [
    {
      kind: 'table',
      title: `Eve’s chance, N = ${p.samples}`,
      columns: [
        { name: 'attack' },
        { name: 'cold cable' },
        { name: 'hot cable' },
        { name: 'hot cable, simulated' },
      ],
      rows: [
        ['Second Law', cold.secondLaw, hot.secondLaw, tally.right.secondLaw / tally.bits],
        ['BSY', cold.bsy, hot.bsy, tally.right.bsy / tally.bits],
        ['likelihood ratio', cold.best, hot.best, null],
      ],
    },
  ],
  claims: [
    {
      id: 'no-power',
      statement: 'In equilibrium the difference of the powers vanishes',
      source: '§2.2',
      stands: 'holds',
      check: (r) => equals(r.powerShare, 0, 1e-12),
    },
    {
      id: 'second-law-blind',
      statement: 'The Second-Law attack learns nothing',
      source: '§2.2',
      stands: 'holds',
      check: ({ p, tally }) =>
        shareAgrees(tally.right.secondLaw, tally.bits, 0.5, `N = ${p.samples}, ${tally.bits} bits`),
    },
    {
      id: 'bsy-remains',
      statement: 'The BSY attack still learns something',
      source: '§2.2',
      stands: 'holds',
      check: ({ hot }) => above(hot.bsy, 0.55),
    },
    {
      id: 'bsy-simulated',
      statement: 'Positive control: the simulated BSY attack meets its closed form',
      source: 'beyond the paper',
      stands: 'holds',
      check: ({ p, hot, tally }) =>
        shareAgrees(tally.right.bsy, tally.bits, hot.bsy, `N = ${p.samples}, ${tally.bits} bits`),
    },
    {
      id: 'helps',
      statement: 'The natural defence lowers what Eve can learn',
      source: '§2.2',
      stands: 'fails',
      check: ({ hot, cold }) => below(hot.best, cold.best),
    },
  ],
})
