import {
  cableLoop,
  characteristicOhms,
  directionalStatistic,
  exactBeta,
  inPhaseStatistic,
  type Loop,
  likelihoodStatistic,
  lineOf,
  optimalCableAttack,
  RG58,
  resistiveLine,
  symmetricLoop,
  tapWire,
  unsafePaperBeta,
} from '@warren/kljn'
import { defineScenario, type RunContext } from '../scenario.ts'
import { evenSamplesParameter } from './cable-parameters.ts'
import { bitsParameter, type LoopParameters, loopParameters, offsetOhms } from './loop-parameters.ts'
import { hitRatesOf, inSlices, sliceBits, unlessCancelled } from './slices.ts'
import { above, agrees, below, differs } from './verdict.ts'

interface Parameters extends LoopParameters {
  samples: number
  bits: number
}

interface Row {
  name: string
  bound: number
  directional: number
  powerFlow: number
  likelihood: number
}

interface Result {
  complete: boolean
  size: string
  standardError: number
  /** Bits on which the directional test and the power flow decide differently, of all. */
  disagreements: number
  rows: Record<'bare' | 'paper' | 'exact' | 'lossless', Row>
}

export const directionalWaveScenario = defineScenario<Parameters, Result>({
  id: 'kljn/directional-wave',
  title: 'The directional wave attack is the power flow under another name',
  source: { paper: 'kljn', section: 'Late-note; refs. 17–19' },
  summary:
    'Gunn, Allison and Abbott (2014) separate the waves that run towards Alice and towards Bob, and compare their powers; Chen et al. dispute that there are waves on a short line. Whoever is right about the word: with u± = (U ± Z₀·I)/2 the difference |u⁺|² − |u⁻|² is Z₀·Re(U·I*) for every Z₀, the power flow of the Second-Law attack. Shown on the resistive wire, with both values of β, and on a cable without resistance, where a power flow has nothing to say in equilibrium, but the optimal test has.',
  parameters: { ...loopParameters, samples: evenSamplesParameter(1000), bits: bitsParameter(4000) },

  async run(p, context) {
    let bits = p.bits
    const resistive = (beta: number) =>
      symmetricLoop({
        highOhms: p.rh,
        lowOhms: p.rl,
        beta,
        line: resistiveLine(p.rc),
        temperatureKelvin: p.temperature,
        bandwidthHertz: p.bandwidth,
      })
    const wavesOhms = characteristicOhms(lineOf(RG58, 1))
    const row = async (name: string, loop: Loop): Promise<Row> => {
      const simulated = await hitRatesOf(context, loop, p.samples, p.bits, {
        directional: directionalStatistic(wavesOhms),
        powerFlow: inPhaseStatistic(),
        likelihood: likelihoodStatistic(loop, p.samples),
      })
      context.progress.report(0.3, name)
      bits = Math.min(bits, simulated.bits)
      return { name, bound: optimalCableAttack(loop, p.samples).guess, ...simulated.rates }
    }
    const lossless = cableLoop({
      cable: { ...RG58, resistanceOhmsPerMetre: 0 },
      lengthMetres: 300,
      lowOhms: p.rl,
      highOhms: p.rh,
      bandwidthHertz: 250,
    })
    const compared = await disagreements(resistive(1), p, context)
    const rows = {
      bare: await row(`${p.rc} Ω, no defence`, resistive(1)),
      paper: await row(`${p.rc} Ω, β of eq. (11)`, resistive(unsafePaperBeta(offsetOhms(p)))),
      exact: await row(`${p.rc} Ω, β*`, resistive(exactBeta(offsetOhms(p)))),
      lossless: await row('300 m of coax without resistance', lossless),
    }
    return {
      complete: bits === p.bits && compared.bits === p.bits,
      size: `N = ${p.samples}, ${bits} bits`,
      standardError: Math.sqrt(0.25 / bits),
      disagreements: compared.count,
      rows,
    }
  },

  figures: ({ rows, size }) => [
    {
      kind: 'table',
      title: `Chance to name the bit (${size}); below ½: turned round, so as good as 1 − p`,
      columns: [
        { name: 'wire' },
        { name: 'directional waves' },
        { name: 'power flow' },
        { name: 'likelihood ratio' },
        { name: 'bound' },
      ],
      rows: Object.values(rows).map((r) => [r.name, r.directional, r.powerFlow, r.likelihood, r.bound]),
    },
  ],

  claims: [
    {
      id: 'same-test',
      statement: 'The directional wave test and the power flow decide every bit alike',
      source: 'Late-note; |u⁺|² − |u⁻|² = Z₀·Re(U·I*)',
      stands: 'holds',
      check: unlessCancelled(({ disagreements: count, size }) => ({
        verdict: count === 0 ? 'holds' : 'fails',
        measured: `${count} bits decided differently (${size})`,
        expected: '0: an identity, no chance involved',
      })),
    },
    {
      id: 'attack-works',
      statement: 'Without a defence it reaches the bound of all passive attacks on a resistive wire',
      source: 'Late-note; the positive control of the two below',
      stands: 'holds',
      check: unlessCancelled(({ rows, standardError, size }) =>
        agrees(rows.bare.directional, rows.bare.bound, standardError, size),
      ),
    },
    {
      id: 'late-note',
      statement: 'The defence of §2.3, β of eq. (11), works against the directional wave attack: p = ½',
      source: 'Late-note',
      stands: 'fails',
      check: unlessCancelled(({ rows, standardError, size }) =>
        agrees(rows.paper.directional, 0.5, standardError, size),
      ),
    },
    {
      id: 'exact-beta',
      statement: 'β* works against it: p = ½',
      source: 'beyond the paper',
      stands: 'holds',
      check: unlessCancelled(({ rows, standardError, size }) =>
        agrees(rows.exact.directional, 0.5, standardError, size),
      ),
    },
    {
      id: 'lossless-blind',
      statement:
        'On a cable without resistance, in equilibrium, no power flows and the directional test sees nothing: p = ½',
      source: '§1: the Second Law',
      stands: 'holds',
      check: unlessCancelled(({ rows, standardError, size }) =>
        agrees(rows.lossless.directional, 0.5, standardError, size),
      ),
    },
    {
      id: 'lossless-leaks',
      statement: 'On that cable the Second Law alone does not protect: the likelihood ratio still names bits',
      source: 'beyond the paper',
      stands: 'holds',
      check: unlessCancelled(({ rows, standardError, size }) =>
        differs(rows.lossless.likelihood, 0.5, standardError, size),
      ),
    },
    {
      id: 'second-law-suffices',
      statement:
        'A wire without resistance leaks nothing to a passive Eve, by the Second Law: the best p is ½',
      source: '§1, taken from the ideal wire to one with capacitance',
      stands: 'fails',
      check: unlessCancelled(({ rows }) => below(rows.lossless.bound, 0.501)),
    },
    {
      id: 'bare-leaks',
      statement: 'The bound itself is well above ½ on the bare wire',
      source: 'beyond the paper',
      stands: 'holds',
      check: unlessCancelled(({ rows }) => above(rows.bare.bound, 0.55)),
    },
  ],
})

async function disagreements(
  loop: Loop,
  p: Parameters,
  { rng, signal }: RunContext,
): Promise<{ count: number; bits: number }> {
  const tests = [1, 50, 1e4].map((ohms) => directionalStatistic(ohms))
  const flow = inPhaseStatistic()
  let count = 0
  const bits = await inSlices(p.bits, sliceBits(p.samples), signal, (slice) =>
    tapWire(loop, p.samples, slice, rng, (_, ends) => {
      const sign = flow(ends) > 0
      if (tests.some((test) => test(ends) > 0 !== sign)) count++
    }),
  )
  return { count, bits }
}
