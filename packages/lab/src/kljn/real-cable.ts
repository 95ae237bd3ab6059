import {
  type CableDefence,
  correlationPhases,
  crossoverHertz,
  harmonicLoop,
  inPhaseStatistic,
  likelihoodStatistic,
  optimalCableAttack,
  quadratureStatistic,
  shortCableCorrelation,
  spectralCorrelation,
} from '@warren/kljn'
import type { Figure } from '../figure.ts'
import { defineScenario } from '../scenario.ts'
import {
  type CableParameters,
  cableNamed,
  cableParameters,
  evenSamplesParameter,
  logSpaced,
  loopOnCable,
} from './cable-parameters.ts'
import { bitsParameter } from './loop-parameters.ts'
import { hitRatesOf, unlessCancelled } from './slices.ts'
import { above, agrees, below, equals } from './verdict.ts'

interface Parameters extends CableParameters {
  samples: number
  bits: number
}

interface Chances {
  bound: number
  likelihood: number
  inPhase: number
  quadrature: number
}

interface Result {
  bits: number
  complete: boolean
  samples: number
  crossover: number
  /** β*'s |ρ| over the bare cable's, far below, at and far above the crossover. */
  remaining: { below: number; at: number; above: number }
  none: Chances
  exact: Chances
  paper: Chances
  killer: Chances
  /** Worst deviation of the short formula where |ρ| < 5 %. */
  shortFormulaError: number
  figures: Figure[]
}

export const realCableScenario = defineScenario<Parameters, Result>({
  id: 'kljn/real-cable',
  title: 'On a real cable the defence by temperature buys nothing above 8.4 Hz',
  source: { paper: 'kljn', section: '§2.3; beyond the paper: a cable with capacitance' },
  summary:
    "The paper's cable has resistance only. On coax the capacitance leaks too: a quarter of a period away from the resistance, so that no ratio of temperatures reaches it. The telegrapher's equations give Eve's optimal test at every frequency; the test itself, the paper's power flow (in phase) and the charging currents (in quadrature) run beside it on simulated signals, as the positive control of each other.",
  parameters: {
    ...cableParameters,
    length: { ...cableParameters.length, default: 1000 },
    samples: evenSamplesParameter(200),
    bits: bitsParameter(4000),
  },

  async run(p, context) {
    let bits = p.bits
    const chances = async (defences: readonly CableDefence[], note: number): Promise<Chances> => {
      context.progress.report(note)
      const loop = loopOnCable(p, defences)
      const simulated = await hitRatesOf(context, loop, p.samples, p.bits, {
        likelihood: likelihoodStatistic(loop, p.samples),
        inPhase: inPhaseStatistic(),
        quadrature: quadratureStatistic(loop, p.samples),
      })
      bits = Math.min(bits, simulated.bits)
      return { bound: optimalCableAttack(loop, p.samples).guess, ...simulated.rates }
    }
    const cable = cableNamed(p.cable)
    const crossover = crossoverHertz(cable, p.low, p.high)
    const ratio = (hertz: number) =>
      spectralCorrelation(loopOnCable(p, ['beta-exact']), hertz) / spectralCorrelation(loopOnCable(p), hertz)
    const loop = loopOnCable(p)
    let shortFormulaError = 0
    for (const metres of [1, 30, 100, 300])
      for (const hertz of [1, crossover, 50, 100]) {
        const short = loopOnCable(p, [], metres)
        const { total } = shortCableCorrelation(short.line, p.low, p.high, hertz)
        if (total < 0.05)
          shortFormulaError = Math.max(
            shortFormulaError,
            Math.abs(spectralCorrelation(short, hertz) / total - 1),
          )
      }
    const none = await chances([], 0.1)
    const exact = await chances(['beta-exact'], 0.3)
    const paper = await chances(['beta-paper'], 0.5)
    const killer = await chances(['beta-exact', 'capacitor-killer'], 0.7)
    return {
      bits,
      complete: bits === p.bits,
      samples: p.samples,
      crossover,
      remaining: { below: ratio(crossover / 1000), at: ratio(crossover), above: ratio(30 * crossover) },
      none,
      exact,
      paper,
      killer,
      shortFormulaError,
      figures: [correlationFigure(p), chanceFigure(p), phaseFigure(loop, p)],
    }
  },

  figures: ({ figures, none, exact, paper, killer, bits, samples }) => [
    {
      kind: 'table',
      title: `Eve's chance to name the bit, N = ${samples}; the three tests on ${bits} simulated bits`,
      columns: [
        { name: 'defence' },
        { name: 'bound' },
        { name: 'likelihood ratio' },
        { name: 'in phase' },
        { name: 'in quadrature' },
      ],
      rows: (
        [
          ['none', none],
          ['β of eq. (11)', paper],
          ['β*', exact],
          ['β* and capacitor killer', killer],
        ] as const
      ).map(([name, c]) => [name, c.bound, c.likelihood, c.inPhase, c.quadrature]),
    },
    ...figures,
  ],

  claims: [
    {
      id: 'paper-defence-on-coax',
      statement:
        "The defence of §2.3 (β of eq. (11)) removes Eve's information on a real cable: p = ½ by the best test",
      source: '§2.3 and the abstract, taken to coax',
      stands: 'fails',
      check: unlessCancelled(({ paper }) => equals(paper.bound, 0.5, 0.001)),
    },
    {
      id: 'exact-defence-on-coax',
      statement: 'β*, which removes everything on a resistive wire, removes it on a real cable: p = ½',
      source: 'beyond the paper',
      stands: 'fails',
      check: unlessCancelled(({ exact }) => equals(exact.bound, 0.5, 0.001)),
    },
    {
      id: 'crossover',
      statement:
        'Above 8.4 Hz the capacitance of RG58 leaks more than its resistance, at 9 kΩ/1 kΩ and any length',
      source: 'beyond the paper: |ρ(f)| ∝ |R_c/R_g + j2πf(L/R_g + C·R_g)|',
      stands: 'holds',
      check: unlessCancelled(({ crossover }) => equals(crossover, 8.4, 0.05)),
    },
    {
      id: 'below-crossover',
      statement: 'Far below that frequency β* does what it should: less than 1 % of |ρ| is left',
      source: 'beyond the paper; the positive control of the next claim',
      stands: 'holds',
      check: unlessCancelled(({ remaining }) => below(remaining.below, 0.01)),
    },
    {
      id: 'above-crossover',
      statement: 'Far above it β* leaves more than 99 % of |ρ|',
      source: 'beyond the paper',
      stands: 'holds',
      check: unlessCancelled(({ remaining }) => above(remaining.above, 0.99)),
    },
    {
      id: 'bound-is-reached',
      statement: 'The likelihood ratio on simulated signals reaches the closed form of the bound',
      source: 'beyond the paper',
      stands: 'holds',
      check: unlessCancelled(({ exact, bits, samples }) =>
        agrees(exact.likelihood, exact.bound, Math.sqrt(0.25 / bits), `N = ${samples}, ${bits} bits`),
      ),
    },
    {
      id: 'power-flow-is-blind',
      statement: 'With β* the power flow, the attack of the paper, sees nothing: p = ½',
      source: '§2.3, with β* in place of eq. (11)',
      stands: 'holds',
      check: unlessCancelled(({ exact, bits, samples }) =>
        agrees(exact.inPhase, 0.5, Math.sqrt(0.25 / bits), `N = ${samples}, ${bits} bits`),
      ),
    },
    {
      id: 'capacitor-killer',
      statement: 'β* with a capacitor killer of gain .99 brings Eve under p = .51 at 1 km and N = 200',
      source: 'beyond the paper',
      stands: 'holds',
      check: unlessCancelled(({ killer }) => below(killer.bound, 0.51)),
    },
    {
      id: 'short-formula',
      statement: 'The short formula for |ρ(f)| is within 0.6 % of the telegrapher solution (where |ρ| < 5 %)',
      source: 'beyond the paper',
      stands: 'holds',
      check: unlessCancelled(({ shortFormulaError }) => below(shortFormulaError, 0.006)),
    },
  ],
})

function correlationFigure(p: Parameters): Figure {
  const frequencies = logSpaced(0.1, p.bandwidth, 60)
  const line = (name: string, defences: readonly CableDefence[]) => ({
    name,
    points: frequencies.map((f): [number, number] => [f, spectralCorrelation(loopOnCable(p, defences), f)]),
  })
  return {
    kind: 'series',
    title: `What each frequency tells Eve, ${p.length} m of ${p.cable}: no defence and eq. (11) lie on one another`,
    x: { label: 'frequency', unit: 'Hz', scale: 'log' },
    y: { label: '|ρ(f)|', scale: 'log' },
    lines: [
      line('no defence', []),
      line('β of eq. (11)', ['beta-paper']),
      line('β*', ['beta-exact']),
      line('capacitor killer', ['capacitor-killer']),
      line('β* and capacitor killer', ['beta-exact', 'capacitor-killer']),
    ],
  }
}

function chanceFigure(p: Parameters): Figure {
  const lengths = logSpaced(1, 10_000, 33)
  const line = (name: string, defences: readonly CableDefence[]) => ({
    name,
    points: lengths.map((metres): [number, number] => [
      metres,
      optimalCableAttack(loopOnCable(p, defences, metres), p.samples).guess,
    ]),
  })
  return {
    kind: 'series',
    title: `Eve's best chance against the length, N = ${p.samples}, B = ${p.bandwidth} Hz`,
    x: { label: 'length', unit: 'm', scale: 'log' },
    y: { label: 'p' },
    lines: [
      line('no defence', []),
      line('β*', ['beta-exact']),
      line('capacitor killer', ['capacitor-killer']),
      line('β* and capacitor killer', ['beta-exact', 'capacitor-killer']),
    ],
  }
}

function phaseFigure(loop: ReturnType<typeof loopOnCable>, p: Parameters): Figure {
  const phases = correlationPhases(loop, p.samples)
  const defended = correlationPhases(loopOnCable(p, ['beta-exact']), p.samples)
  const { hertz } = harmonicLoop(loop, p.samples)
  const points = (values: number[]) =>
    values.map((v, k): [number, number] => [hertz[k] as number, Math.abs(v)])
  return {
    kind: 'series',
    title: 'Resistance in phase, capacitance in quadrature: β* reaches only the first',
    x: { label: 'frequency', unit: 'Hz' },
    y: { label: '|E[U·I*]|, normalised' },
    lines: [
      { name: 'in phase, no defence', points: points(phases.map((c) => c.inPhase)) },
      { name: 'in phase, β*', points: points(defended.map((c) => c.inPhase)) },
      { name: 'in quadrature, no defence', points: points(phases.map((c) => c.quadrature)) },
      { name: 'in quadrature, β*', points: points(defended.map((c) => c.quadrature)) },
    ],
  }
}
