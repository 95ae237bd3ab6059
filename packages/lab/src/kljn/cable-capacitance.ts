import { inPhaseStatistic, likelihoodStatistic, optimalCableAttack, quadratureStatistic } from '@warren/kljn'
import type { Figure } from '../figure.ts'
import { defineScenario } from '../scenario.ts'
import {
  type CableParameters,
  cableParameters,
  evenSamplesParameter,
  loopOnCable,
} from './cable-parameters.ts'
import { bitsParameter } from './loop-parameters.ts'
import { hitRatesOf, unlessCancelled } from './slices.ts'
import { above, agrees, below } from './verdict.ts'

interface Parameters extends CableParameters {
  samples: number
  bits: number
}

interface Row {
  gain: number
  bound: number
  quadrature: number
}

interface Result {
  complete: boolean
  size: string
  standardError: number
  bare: { likelihood: number; inPhase: number; quadrature: number; bound: number }
  rows: Row[]
  figures: Figure[]
}

/** The positive control needs a driver that does nothing, the claim one that is perfect. */
const GAINS = [0, 0.5, 0.9, 0.99, 0.999, 1]

export const cableCapacitanceScenario = defineScenario<Parameters, Result>({
  id: 'kljn/cable-capacitance',
  title: 'The capacitance of the cable, and the capacitor killer',
  source: { paper: 'kljn', section: 'beyond the paper: Chen et al. 2015' },
  summary:
    'The larger resistor charges less of the cable: the current at its end is smaller by what flows into the capacitance. Eve multiplies voltage and current a quarter of a period apart. The capacitor killer drives the shield at the voltage of the wire, and leaves the fraction 1 − gain of the capacitance; the inductance stays. β* is on throughout, so that only the capacitance leaks.',
  parameters: {
    ...cableParameters,
    length: { ...cableParameters.length, default: 500 },
    samples: evenSamplesParameter(200),
    bits: bitsParameter(4000),
  },

  async run(p, context) {
    const bareLoop = loopOnCable(p, ['beta-exact'])
    const simulated = await hitRatesOf(context, bareLoop, p.samples, p.bits, {
      likelihood: likelihoodStatistic(bareLoop, p.samples),
      inPhase: inPhaseStatistic(),
      quadrature: quadratureStatistic(bareLoop, p.samples),
    })
    let { bits } = simulated
    const bare = { bound: optimalCableAttack(bareLoop, p.samples).guess, ...simulated.rates }
    const rows: Row[] = []
    for (const gain of GAINS) {
      const loop = loopOnCable({ ...p, gain }, ['beta-exact', 'capacitor-killer'])
      const part = await hitRatesOf(context, loop, p.samples, p.bits, {
        quadrature: quadratureStatistic(loop, p.samples),
      })
      bits = Math.min(bits, part.bits)
      rows.push({ gain, bound: optimalCableAttack(loop, p.samples).guess, quadrature: part.rates.quadrature })
    }
    const residual = Array.from({ length: 31 }, (_, i) => 10 ** (-i / 6))
    const figure: Figure = {
      kind: 'series',
      title: `What an imperfect shield driver leaves, ${p.length} m of ${p.cable}, N = ${p.samples}`,
      x: { label: '1 − gain', scale: 'log' },
      y: { label: "Eve's best chance − ½", scale: 'log' },
      lines: [
        {
          name: 'bound',
          points: residual.map((rest): [number, number] => [
            rest,
            optimalCableAttack(
              loopOnCable({ ...p, gain: 1 - rest }, ['beta-exact', 'capacitor-killer']),
              p.samples,
            ).guess - 0.5,
          ]),
        },
      ],
    }
    return {
      complete: bits === p.bits,
      size: `N = ${p.samples}, ${bits} bits`,
      standardError: Math.sqrt(0.25 / bits),
      bare,
      rows,
      figures: [figure],
    }
  },

  figures: ({ rows, bare, figures, size }) => [
    {
      kind: 'table',
      title: `Eve's chance by shield-driver gain (${size})`,
      columns: [{ name: 'gain' }, { name: 'bound' }, { name: 'quadrature test, simulated' }],
      rows: rows.map((row) => [row.gain, row.bound, row.quadrature]),
    },
    {
      kind: 'table',
      title: 'Without a driver, test by test',
      columns: [{ name: 'test' }, { name: 'p' }],
      rows: [
        ['bound', bare.bound],
        ['likelihood ratio', bare.likelihood],
        ['in quadrature', bare.quadrature],
        ['in phase (Second Law)', bare.inPhase],
      ],
    },
    ...figures,
  ],

  claims: [
    {
      id: 'capacitance-leaks',
      statement: 'With β* on, the capacitance of the cable still tells Eve most bits: p above .65',
      source: 'beyond the paper: Chen et al. 2015',
      stands: 'holds',
      check: unlessCancelled(({ bare }) => above(bare.bound, 0.65)),
    },
    {
      id: 'quadrature-is-all',
      statement:
        'The test in quadrature alone comes within 5σ of the optimal one: there is nothing else to read',
      source: 'beyond the paper',
      stands: 'holds',
      check: unlessCancelled(({ bare, standardError, size }) =>
        agrees(bare.quadrature, bare.bound, standardError, size),
      ),
    },
    {
      id: 'in-phase-is-blind',
      statement: "The paper's power flow sees nothing of it: p = ½",
      source: 'beyond the paper',
      stands: 'holds',
      check: unlessCancelled(({ bare, standardError, size }) =>
        agrees(bare.inPhase, 0.5, standardError, size),
      ),
    },
    {
      id: 'killer-works',
      statement: 'A driver of gain .999 brings the best test under p = .5005',
      source: 'beyond the paper',
      stands: 'holds',
      check: unlessCancelled(({ rows }) => below(rows.find((row) => row.gain === 0.999)?.bound ?? 1, 0.5005)),
    },
    {
      id: 'killer-leaves-inductance',
      statement: 'A perfect driver leaves Eve nothing at all: p − ½ below 1e-6',
      source: 'beyond the paper',
      stands: 'fails',
      check: unlessCancelled(({ rows }) =>
        below((rows.find((row) => row.gain === 1)?.bound ?? 1) - 0.5, 1e-6),
      ),
    },
  ],
})
