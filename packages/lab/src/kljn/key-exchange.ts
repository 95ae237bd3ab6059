import {
  alarmChance,
  type CableDefence,
  harmonicLoop,
  IDEAL_INSTRUMENT,
  type Intrusion,
  injectionExcess,
  inTime,
  type KeyExchange,
  KljnError,
  type Loop,
  likelihoodStatistic,
  meterNoise,
  optimalCableAttack,
  type SessionSettings,
  type SpectralDecision,
  spectrum,
  tapWire,
} from '@warren/kljn'
import { separateKeyExchange } from '@warren/kljn/key-exchange'
import type { Rng } from '@warren/primitives/rng'
import type { Figure, Histogram, Series, Table } from '../figure.ts'
import { defineScenario } from '../scenario.ts'
import {
  type CableParameters,
  cableParameters,
  defenceParameter,
  evenSamplesParameter,
  logSpaced,
  loopOnCable,
} from './cable-parameters.ts'
import { below } from './verdict.ts'

interface Parameters extends CableParameters {
  bits: number
  defence: CableDefence[]
  samples: number
  decision: string
  meters: number
  xor: number
  security: number
  attack: string
  injected: number
}

interface Result {
  parameters: Parameters
  /** Undefined where the parties refused to make a key: then `refusal` says why. */
  exchange: KeyExchange | undefined
  refusal: { code: string; message: string } | undefined
  figures: Figure[]
}

/** Eve's hits over a session: how many standard errors they are from her bound. */
const SIGMAS = 5

export const keyExchangeScenario = defineScenario<Parameters, Result>({
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

function refused(refusal: Result['refusal']): Table {
  return {
    kind: 'table',
    title: 'No key was made',
    columns: [{ name: 'code' }, { name: 'reason' }],
    rows: [[refusal?.code ?? '', refusal?.message ?? '']],
  }
}

function summary(exchange: KeyExchange, p: Parameters): Table {
  const { ledger, eve, comparison } = exchange
  const errorRate = exchange.siftedErrors / Math.max(1, exchange.siftedBits)
  return {
    kind: 'table',
    title: `Key exchange over ${p.length} m of ${p.cable}, ${p.defence.join(' + ') || 'no defence'}`,
    columns: [{ name: 'quantity' }, { name: 'value' }, { name: 'unit' }],
    rows: [
      ['keys of Alice and Bob are equal', exchange.equal, ''],
      ['length of the key', p.bits, 'bit'],
      ['error rate of sifted bits', errorRate, `${exchange.siftedErrors} of ${exchange.siftedBits}`],
      ['time on the wire at 2B samples/s', (ledger.exchanges * p.samples) / (2 * p.bandwidth), 's'],
      ["Eve's best chance to guess a bit", eve.bound, ''],
      ["Eve's hits in this session", eve.right, `of ${exchange.siftedBits}`],
      ['Eve knows of the final key, at most', eve.informationBits, 'bit'],
      ['comparison of the ends: χ² / degrees of freedom', comparison.chiSquare / comparison.degrees, ''],
      ['alarm above', comparison.threshold / comparison.degrees, ''],
      ['frames on the public channel', exchange.frames, `${exchange.publicBytes} bytes`],
      ['pre-shared key used for authentication', exchange.authenticationKeyBits, 'bit'],
      ['key gained less pre-shared key used', p.bits - exchange.authenticationKeyBits, 'bit'],
    ],
  }
}

function books({ ledger }: KeyExchange): Table {
  const inputBits = Math.floor(ledger.keptBits / ledger.xorGroup)
  const kept = inputBits * ledger.minEntropyPerBit
  return {
    kind: 'table',
    title: 'Ledger: from raw bits to secret bits',
    columns: [{ name: 'entry' }, { name: 'amount', unit: 'bit' }, { name: 'left', unit: 'bit' }],
    rows: [
      ['raw bit exchanges', ledger.exchanges, ledger.exchanges],
      ['sifted away (LL, HH, misread)', ledger.keptBits - ledger.exchanges, ledger.keptBits],
      ...(ledger.xorGroup > 1 ? [['XOR', inputBits - ledger.keptBits, inputBits] as const] : []),
      ['I(bit; Eve), all sifted bits', ledger.eveInformationBits, null],
      ['not in H_min given Eve', kept - inputBits, kept],
      ['parities shown by Cascade', -ledger.parityBits, kept - ledger.parityBits],
      ['hash that verified equality', -ledger.verificationBits, ledger.minEntropyBits],
      ['margin of the leftover hash lemma', -2 * ledger.securityBits, ledger.secretBits],
    ],
  }
}

function spectra(loop: Loop, p: Parameters, rng: Rng): Series {
  const bins = p.samples / 2
  const sums = { HL: new Float64Array(bins), LH: new Float64Array(bins) }
  const counts = { HL: 0, LH: 0 }
  const frequencies = harmonicLoop(loop, p.samples).hertz
  tapWire(loop, p.samples, 600, rng, (state, { voltageA }) => {
    counts[state]++
    const sum = sums[state]
    for (let k = 0; k < bins; k++)
      sum[k] = (sum[k] as number) + (voltageA[2 * k] as number) ** 2 + (voltageA[2 * k + 1] as number) ** 2
  })
  const perHertz = 1 / p.bandwidth
  const measured = (state: 'HL' | 'LH') =>
    Array.from(sums[state], (sum, k): [number, number] => [
      frequencies[k] as number,
      (sum / counts[state]) * perHertz,
    ])
  const model = (state: 'LL' | 'LH' | 'HL' | 'HH') =>
    Array.from(frequencies, (f): [number, number] => [f, spectrum(loop, state, f) * perHertz])
  return {
    kind: 'series',
    title: "Spectrum of the voltage at Alice's end: HL and LH lie on one another",
    x: { label: 'frequency', unit: 'Hz' },
    y: { label: 'power density', unit: 'V²/Hz', scale: 'log' },
    lines: [
      { name: 'HH, exact', points: model('HH') },
      { name: 'HL, exact', points: model('HL') },
      { name: 'LL, exact', points: model('LL') },
      { name: 'LH, exact', points: model('LH') },
      { name: 'HL, measured', style: 'points', points: measured('HL') },
      { name: 'LH, measured', style: 'points', points: measured('LH') },
    ],
  }
}

function scatter(loop: Loop, p: Parameters, rng: Rng): Series {
  const points: Record<'HL' | 'LH', [number, number][]> = { HL: [], LH: [] }
  tapWire(loop, p.samples, 60, rng, (state, { voltageA, currentA }) => {
    const volts = inTime(voltageA, p.samples)
    const amperes = inTime(currentA, p.samples)
    for (let n = 0; n < p.samples && points[state].length < 700; n += 2)
      points[state].push([volts[n] as number, amperes[n] as number])
  })
  return {
    kind: 'series',
    title: 'Voltage and current on the wire, moment by moment: HL against LH',
    x: { label: 'voltage', unit: 'V' },
    y: { label: 'current', unit: 'A' },
    lines: [
      { name: 'HL', style: 'points', points: points.HL },
      { name: 'LH', style: 'points', points: points.LH },
    ],
  }
}

function histogramOf(title: string, ratiosOf: readonly number[], truth: readonly number[]): Histogram {
  const reach = Math.max(1e-12, ...ratiosOf.map(Math.abs)) * 1.0001
  const bins = 40
  const edges = Array.from({ length: bins + 1 }, (_, i) => -reach + (2 * reach * i) / bins)
  const counts = { HL: new Array<number>(bins).fill(0), LH: new Array<number>(bins).fill(0) }
  ratiosOf.forEach((ratio, i) => {
    const set = counts[truth[i] === 1 ? 'HL' : 'LH']
    const at = Math.min(bins - 1, Math.floor(((ratio + reach) / (2 * reach)) * bins))
    set[at] = (set[at] as number) + 1
  })
  return {
    kind: 'histogram',
    title,
    x: { label: 'ln(p(HL)/p(LH)) of one bit' },
    edges,
    sets: [
      { name: 'it was HL', counts: counts.HL },
      { name: 'it was LH', counts: counts.LH },
    ],
  }
}

function ratios({ eve }: KeyExchange): Histogram {
  return histogramOf("Eve's likelihood ratios in this session", [...eve.ratios], [...eve.truth])
}

/** The positive control of the picture above: the same test on the bare cable, with a longer bit. */
function bareRatios(p: Parameters, rng: Rng): Histogram {
  const loop = loopOnCable(p)
  const samples = 2048
  const test = likelihoodStatistic(loop, samples)
  const found: number[] = []
  const truth: number[] = []
  tapWire(loop, samples, 500, rng, (state, ends) => {
    found.push(test(ends))
    truth.push(state === 'HL' ? 1 : 0)
  })
  const { guess } = optimalCableAttack(loop, samples)
  return histogramOf(
    `The same test on the bare cable, N = ${samples}: Eve is right with chance ${guess.toFixed(3)}`,
    found,
    truth,
  )
}

function roc(loop: Loop, p: Parameters, sigma: ReturnType<typeof meterNoise>, wireAmperes: number): Series {
  const harmonics = harmonicLoop(loop, p.samples)
  const fraction = Math.max(p.meters, 1e-6)
  const falseAlarms = logSpaced(1e-6, 0.5, 25)
  const lines = [0, 0.2, 0.5, 1, 2].map((size) => {
    const excess = injectionExcess(loop, harmonics, sigma, 'HL', size * fraction * wireAmperes)
    return {
      name: size === 0 ? 'nobody injects' : `injected ${formatShare(size * fraction)} of the current`,
      points: falseAlarms.map((alpha): [number, number] => [alpha, alarmChance(excess, 1, alpha)]),
    }
  })
  return {
    kind: 'series',
    title: `Active detection: ROC of the comparison of one bit, meters with ${formatShare(fraction)} noise`,
    x: { label: 'chance of a false alarm', scale: 'log' },
    y: { label: 'chance of an alarm' },
    lines,
  }
}

function formatShare(fraction: number): string {
  return `${Number((100 * fraction).toPrecision(3))} %`
}

function secretBitsAgainstLength(p: Parameters): Series {
  const lengths = logSpaced(1, 10_000, 33)
  const sets: [string, CableDefence[]][] = [
    ['no defence', []],
    ['β*', ['beta-exact']],
    ['capacitor killer', ['capacitor-killer']],
    ['β* and capacitor killer', ['beta-exact', 'capacitor-killer']],
  ]
  return {
    kind: 'series',
    title: `Secret bits of 1000 exchanges (H_min of 500 sifted bits) against the length of ${p.cable}`,
    x: { label: 'length of the wire', unit: 'm', scale: 'log' },
    y: { label: 'secret bits' },
    lines: sets.map(([name, defences]) => ({
      name,
      points: lengths.map((metres): [number, number] => [
        metres,
        -500 * Math.log2(optimalCableAttack(loopOnCable(p, defences, metres), p.samples).guess),
      ]),
    })),
  }
}
