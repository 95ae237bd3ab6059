import {
  binaryEntropy,
  chanceOfCorrelation,
  correlation,
  leakedBits,
  optimalRule,
  runWishart,
  samplesFor,
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
import { below, equals } from './verdict.ts'

interface Parameters extends LoopParameters {
  samples: number
  bits: number
  error: number
}

interface Result {
  p: Parameters
  guess: number
  leak: number
  needed: number
  tally: Tally
}

export const fidelity = defineScenario<Parameters, Result>({
  id: 'kljn/fidelity',
  title: 'Fidelity and leak of a model line',
  source: { paper: 'kljn', section: 'ref. 3' },
  summary:
    'Mingesz, Gingl and Kish (2008) report a fidelity of 99.98 % on model lines of 2 to 2000 km. What a resistive line of 11 kΩ/2 kΩ/200 Ω gives: how many samples that fidelity takes, and what Eve has from them. Their bit rates over those distances are not reproduced by a resistive loop: on a real cable the capacitance decides.',
  parameters: {
    ...loopParameters,
    rh: { ...loopParameters.rh, default: 11_000 },
    rl: { ...loopParameters.rl, default: 2000 },
    samples: samplesParameter(20),
    error: { kind: 'number', default: 2e-4, min: 1e-6, max: 0.1, help: 'errors of a party: 1 − fidelity' },
    bits: bitsParameter(1_000_000),
  },
  async run(p, { rng, signal }) {
    const loop = loopFrom(p)
    const needed = samplesFor(loop, 'best-of-both', p.error)
    return {
      p,
      guess: chanceOfCorrelation(correlation(loop), p.samples),
      leak: leakedBits(loop, p.samples),
      needed,
      tally: runWishart(
        { loop, samples: needed, bits: p.bits, mode: 'best-of-both', eve: optimalRule(loop), signal },
        seededPrng(rng),
      ),
    }
  },
  figures: ({ p, guess, leak, needed, tally }) => [
    {
      kind: 'table',
      title: 'What a bit costs and tells',
      columns: [{ name: 'quantity' }, { name: 'value' }],
      rows: [
        [`Eve’s p at N = ${p.samples}`, guess],
        ['1 − h(p), bit', 1 - binaryEntropy(guess)],
        ['I(bit; Eve), bit', leak],
        [`samples for errors of ${p.error}`, needed],
        ['kept bits that differ, simulated', tally.keptWrong / tally.kept],
      ],
    },
  ],
  claims: [
    {
      id: 'entropy',
      statement: 'At N = 20 Eve is right with .5256, which is 0.19 % of a bit by 1 − h(p)',
      source: 'beyond the paper',
      stands: 'holds',
      check: ({ guess }) => equals(1 - binaryEntropy(guess), 0.0019, 5e-5),
    },
    {
      id: 'more-than-entropy',
      statement: '1 − h(p) is all that Eve learns',
      source: 'beyond the paper',
      stands: 'fails',
      check: ({ guess, leak }) => below(leak, (1 - binaryEntropy(guess)) * 1.001),
    },
    {
      id: 'fidelity',
      statement: 'Kept bits agree with 99.98 % after as many samples as the closed form asks for',
      source: 'ref. 3',
      stands: 'holds',
      check: ({ tally, p, needed }) => {
        const share = tally.keptWrong / tally.kept
        const bound = p.error + 5 * Math.sqrt(p.error / tally.kept)
        return {
          ...below(share, bound),
          expected: `less than ${bound.toPrecision(3)}: ${p.error} and 5σ (N = ${needed}, ${tally.kept} kept bits; seed by --seed, 1 unless given)`,
        }
      },
    },
  ],
})
