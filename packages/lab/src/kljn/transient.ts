import {
  abruptStart,
  delaySeconds,
  firstWaveVolts,
  type Ramp,
  rampedStart,
  transientAttack,
  transientChance,
} from '@warren/kljn'
import type { Figure } from '../figure.ts'
import { defineScenario } from '../scenario.ts'
import { type CableParameters, cableParameters, logSpaced, loopOnCable } from './cable-parameters.ts'
import { bitsParameter } from './loop-parameters.ts'
import { inSlices, unlessCancelled } from './slices.ts'
import { above, agrees } from './verdict.ts'

interface Parameters extends CableParameters {
  bits: number
  noise: number
  ramp: number
}

interface Result {
  complete: boolean
  size: string
  standardError: number
  expected: { ideal: number; noisyAbrupt: number; noisyRamped: number }
  abruptIdeal: number
  abruptNoisy: number
  rampedIdeal: number
  rampedNoisy: number
  settled: number
  figures: Figure[]
}

export const transientScenario = defineScenario<Parameters, Result>({
  id: 'kljn/transient',
  title: 'The transient at the start of a bit, and the ramped start',
  source: { paper: 'kljn', section: 'beyond the paper' },
  summary:
    'When the switches close, the wave from either end shows its resistor alone until the two waves have met: e·Z₀/(R + R_c/2 + Z₀). Noise of a small bandwidth stands still for so long, so Eve has one look at two numbers. A ramp makes both small alike. To an Eve with perfect instruments that makes no difference; to one whose coupler is noisy it is a defence, as good as her noise. Run in the time domain on the delay line; its wave sizes are compared with the closed form.',
  parameters: {
    ...cableParameters,
    bits: bitsParameter(20_000),
    noise: {
      kind: 'number',
      default: 0.01,
      min: 1e-9,
      max: 1,
      help: "noise of Eve's coupler, as a fraction of the larger first wave at full gain",
    },
    ramp: {
      kind: 'number',
      unit: 's',
      default: 0.01,
      min: 0,
      exclusiveMin: true,
      max: 1000,
      help: 'length of the ramp',
    },
  },

  async run(p, { rng, signal, progress }) {
    let bits = p.bits
    const loop = loopOnCable(p, ['beta-exact'])
    const noiseVolts = p.noise * firstWaveVolts(loop, loop.alice.low)
    const ramp = rampedStart(p.ramp)
    const attack = async (shape: Ramp, volts: number, readAtDelays = 0.75, wanted = p.bits) => {
      progress.report(0.2)
      let right = 0
      const done = await inSlices(wanted, Math.ceil(30_000 / (1 + readAtDelays)), signal, (count) => {
        right +=
          count * transientAttack(loop, { bits: count, readAtDelays, noiseVolts: volts, ramp: shape }, rng)
      })
      if (done < wanted) bits = Math.min(bits, done)
      return right / done
    }
    const gainAtReading = ramp(0.75 * delaySeconds(loop.line))
    const gains = logSpaced(1e-8, 1, 49)
    const simulated = {
      abruptIdeal: await attack(abruptStart, 0),
      abruptNoisy: await attack(abruptStart, noiseVolts),
      rampedIdeal: await attack(ramp, 0),
      rampedNoisy: await attack(ramp, noiseVolts),
      // hundreds of times as long: fewer bits
      settled: await attack(abruptStart, 0, 300, Math.ceil(p.bits / 20)),
    }
    return {
      ...simulated,
      complete: bits === p.bits,
      size: `${bits} bits`,
      standardError: Math.sqrt(0.25 / bits),
      expected: {
        ideal: transientChance(loop),
        noisyAbrupt: transientChance(loop, 1, noiseVolts),
        noisyRamped: transientChance(loop, gainAtReading, noiseVolts),
      },
      figures: [
        {
          kind: 'series',
          title: 'One look at the first waves: what a ramp is worth',
          x: { label: 'gain that the ramp has reached when the waves meet', scale: 'log' },
          y: { label: "Eve's chance" },
          lines: [0, 1e-6, 1e-4, 1e-2].map((noise) => ({
            name: noise === 0 ? 'perfect coupler' : `noise ${noise.toExponential(0)} of the wave`,
            points: gains.map((gain): [number, number] => [
              gain,
              transientChance(loop, gain, noise * firstWaveVolts(loop, loop.alice.low)),
            ]),
          })),
        },
      ],
    }
  },

  figures: (r) => [
    {
      kind: 'table',
      title: `Eve's chance from one look at the waves before they meet (${r.size})`,
      columns: [{ name: 'start' }, { name: "Eve's coupler" }, { name: 'simulated' }, { name: 'closed form' }],
      rows: [
        ['abrupt', 'perfect', r.abruptIdeal, r.expected.ideal],
        ['abrupt', 'noisy', r.abruptNoisy, r.expected.noisyAbrupt],
        ['ramped', 'perfect', r.rampedIdeal, r.expected.ideal],
        ['ramped', 'noisy', r.rampedNoisy, r.expected.noisyRamped],
        ['abrupt, 300 delays later (a twentieth of the bits)', 'perfect', r.settled, null],
      ],
    },
    ...r.figures,
  ],

  claims: [
    {
      id: 'first-wave',
      statement: 'One look at the first waves names the bit with chance (2/π)·atan(σ_L/σ_H)',
      source: 'beyond the paper',
      stands: 'holds',
      check: unlessCancelled(({ abruptIdeal, expected, standardError, size }) =>
        agrees(abruptIdeal, expected.ideal, standardError, size),
      ),
    },
    {
      id: 'leaks-much',
      statement: 'That is far more than a bit in the steady state gives away: p above .75',
      source: 'beyond the paper',
      stands: 'holds',
      check: unlessCancelled(({ abruptIdeal }) => above(abruptIdeal, 0.75)),
    },
    {
      id: 'ramp-against-noise',
      statement: 'Against a noisy coupler the ramp brings Eve back to ½',
      source: 'beyond the paper',
      stands: 'holds',
      check: unlessCancelled(({ rampedNoisy, standardError, size }) =>
        agrees(rampedNoisy, 0.5, standardError, size),
      ),
    },
    {
      id: 'noise-alone',
      statement: "The same noise without the ramp does not: the coupler's noise alone is no defence",
      source: 'beyond the paper; the positive control',
      stands: 'holds',
      check: unlessCancelled(({ abruptNoisy, expected, standardError, size }) =>
        agrees(abruptNoisy, expected.noisyAbrupt, standardError, size),
      ),
    },
    {
      id: 'ramp-against-ideal',
      statement: 'A ramped start defends against an Eve with perfect instruments: p = ½',
      source: 'beyond the paper',
      stands: 'fails',
      check: unlessCancelled(({ rampedIdeal, standardError, size }) =>
        agrees(rampedIdeal, 0.5, standardError, size),
      ),
    },
  ],
})
