import {
  harmonicLoop,
  IDEAL_INSTRUMENT,
  type Intrusion,
  type KeyExchange,
  KljnError,
  type Loop,
  meterNoise,
  type SessionSettings,
  type SpectralDecision,
} from '@warren/kljn'
import { separateKeyExchange } from '@warren/kljn/key-exchange'
import type { Figure } from '../figure.ts'
import { defineScenario } from '../scenario.ts'
import { cableParameters, defenceParameter, evenSamplesParameter, loopOnCable } from './cable-parameters.ts'
import {
  bareRatios,
  books,
  type KeyExchangeParameters,
  ratios,
  refused,
  roc,
  scatter,
  secretBitsAgainstLength,
  spectra,
  summary,
} from './key-exchange-figures.ts'
import { below } from './verdict.ts'

interface Result {
  parameters: KeyExchangeParameters
  /** Undefined where the parties refused to make a key: then `refusal` says why. */
  exchange: KeyExchange | undefined
  refusal: { code: string; message: string } | undefined
  figures: Figure[]
}

/** Eve's hits over a session: how many standard errors they are from her bound. */
const SIGMAS = 5

export const keyExchangeScenario = defineScenario<KeyExchangeParameters, Result>({
  id: 'kljn/key-exchange',
  title: 'A key exchange from end to end, with Eve on the wire',
  source: {
    paper: 'kljn',
    section: '§1, Figure 1; beyond the paper: reconciliation, privacy amplification, ledger',
  },
  summary:
    'Alice, Bob, Eve and the wire run as four workers that share nothing but messages (in the browser as four roles of one process). Alice and Bob connect random resistors and noise, read their ends, sift, compare their readings in public, correct errors with Cascade, verify, and hash the rest to a key. Eve taps both ends with perfect instruments, carries the public channel, and makes the best test there is. The public channel is authenticated with one-time pads of a pre-shared key, each used once; the ledger shows what that costs. The noise is pseudorandom: this is a simulation, and its keys protect nothing.',
  parameters: {
    bits: { kind: 'integer', default: 256, min: 8, max: 4096, help: 'length of the final key' },
    ...cableParameters,
    defence: defenceParameter(['beta-exact', 'capacitor-killer']),
    samples: evenSamplesParameter(64),
    decision: {
      kind: 'choice',
      default: 'levels',
      choices: ['levels', 'own-noise'],
      help: "how a party tells the other's resistor: levels of U and I alone, or with its own noise taken out",
    },
    meters: {
      kind: 'number',
      default: 0.001,
      min: 0,
      max: 0.1,
      help: "noise of Alice's and Bob's meters, as a fraction of the r.m.s. reading",
    },
    xor: {
      kind: 'integer',
      default: 1,
      min: 1,
      max: 16,
      help: 'XOR this many bits into one before the last hash',
    },
    security: {
      kind: 'integer',
      default: 64,
      min: 8,
      max: 128,
      help: 'the key is within 2^−security of a uniform one',
    },
    attack: {
      kind: 'choice',
      default: 'none',
      choices: ['none', 'injection', 'man-in-the-middle'],
      help: 'what Eve does to the wire beside listening',
    },
    injected: {
      kind: 'number',
      default: 0.01,
      min: 0,
      max: 100,
      help: "injection: r.m.s. current, as a fraction of the wire's",
    },
  },

  async run(p, { rng, signal, emit, progress }) {
    const meter = { ...IDEAL_INSTRUMENT, noiseFraction: p.meters }
    const bare = loopOnCable(p, p.defence)
    const loop: Loop = { ...bare, instruments: { alice: meter, bob: meter, eve: IDEAL_INSTRUMENT } }
    const settings: SessionSettings = {
      loop,
      samples: p.samples,
      keyBits: p.bits,
      decision: p.decision as SpectralDecision,
      xorGroup: p.xor,
      securityBits: p.security,
      falseAlarm: 1e-9,
      mostExchanges: 200_000,
    }
    const harmonics = harmonicLoop(loop, p.samples)
    const sigma = meterNoise(settings, harmonics)
    const wireAmperes = p.meters > 0 ? sigma.amperes / p.meters : sigma.amperes / 1e-6
    const intrusion: Intrusion =
      p.attack === 'injection'
        ? { kind: 'injection', amperes: p.injected * wireAmperes }
        : { kind: p.attack as 'none' | 'man-in-the-middle' }
    progress.report(0.1, 'four workers exchange bits')
    let exchange: KeyExchange | undefined
    let refusal: Result['refusal']
    try {
      exchange = await separateKeyExchange({ settings, intrusion }, rng, signal)
    } catch (error) {
      if (signal.aborted) refusal = { code: 'lab/cancelled', message: 'the run was cancelled' }
      else if (error instanceof KljnError && error.kind !== 'bad-input')
        refusal = { code: error.code, message: error.message }
      else throw error
    }
    emit({ kind: 'step', label: refusal === undefined ? 'both parties hold a key' : refusal.message })
    progress.report(0.6, 'figures')
    const figures = [
      ...(exchange === undefined ? [refused(refusal)] : [summary(exchange, p), books(exchange)]),
      spectra(loop, p, rng),
      scatter(loop, p, rng),
      ...(exchange === undefined ? [] : [ratios(exchange)]),
      bareRatios(p, rng),
      roc(loop, p, sigma, wireAmperes),
      secretBitsAgainstLength(p),
    ]
    return { parameters: p, exchange, refusal, figures }
  },

  figures: (result) => result.figures,

  claims: [
    {
      id: 'shared-key',
      statement: 'Alice and Bob end with the same key of the length they wanted',
      source: 'beyond the paper',
      stands: 'holds',
      check: ({ exchange, refusal, parameters }) => ({
        verdict:
          exchange !== undefined && exchange.equal && exchange.alice.length === Math.ceil(parameters.bits / 8)
            ? 'holds'
            : 'fails',
        measured:
          exchange === undefined
            ? (refusal?.message ?? 'no key')
            : `${exchange.equal ? 'equal' : 'different'} keys of ${parameters.bits} bits`,
        expected: `equal keys of ${parameters.bits} bits`,
      }),
    },
    {
      id: 'eve-learns-nothing-of-the-key',
      statement: 'What Eve can know of the final key is less than 2^−64 bit',
      source: 'beyond the paper: leftover hash lemma on the min-entropy that the best passive test leaves',
      stands: 'holds',
      check: ({ exchange }) => below(exchange?.eve.informationBits ?? Number.POSITIVE_INFINITY, 2 ** -64),
    },
    {
      id: 'eve-within-her-bound',
      statement:
        'Eve, with the optimal test on the real traces, guesses no better than the closed form allows',
      source: 'beyond the paper',
      stands: 'holds',
      check({ exchange }) {
        const n = exchange?.siftedBits ?? 0
        const limit = (exchange?.eve.bound ?? 0) + SIGMAS * Math.sqrt(0.25 / n)
        return {
          verdict: exchange !== undefined && exchange.eve.right <= limit ? 'holds' : 'fails',
          measured: `${exchange?.eve.right.toFixed(4) ?? '–'} of ${n} bits`,
          expected: `at most ${exchange?.eve.bound.toFixed(4) ?? '–'} + ${SIGMAS}σ = ${limit.toFixed(4)} (false alarm 2.9e-7)`,
        }
      },
    },
    {
      id: 'ledger-adds-up',
      statement: 'The key is no longer than what the ledger leaves of the sifted bits',
      source: 'beyond the paper',
      stands: 'holds',
      check({ exchange, parameters }) {
        const secret = exchange?.ledger.secretBits ?? 0
        return {
          verdict: secret >= parameters.bits ? 'holds' : 'fails',
          measured: `${secret} secret bits`,
          expected: `at least ${parameters.bits}`,
        }
      },
    },
  ],
})
