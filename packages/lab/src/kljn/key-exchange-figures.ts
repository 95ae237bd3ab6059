import {
  alarmChance,
  type CableDefence,
  harmonicLoop,
  injectionExcess,
  inTime,
  type KeyExchange,
  type Loop,
  likelihoodStatistic,
  type meterNoise,
  optimalCableAttack,
  spectrum,
  tapWire,
} from '@warren/kljn'
import type { Rng } from '@warren/primitives/rng'
import type { Histogram, Series, Table } from '../figure.ts'
import { type CableParameters, logSpaced, loopOnCable } from './cable-parameters.ts'

export interface KeyExchangeParameters extends CableParameters {
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

export function refused(refusal: { code: string; message: string } | undefined): Table {
  return {
    kind: 'table',
    title: 'No key was made',
    columns: [{ name: 'code' }, { name: 'reason' }],
    rows: [[refusal?.code ?? '', refusal?.message ?? '']],
  }
}

export function summary(exchange: KeyExchange, p: KeyExchangeParameters): Table {
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

export function books({ ledger }: KeyExchange): Table {
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

export function spectra(loop: Loop, p: KeyExchangeParameters, rng: Rng): Series {
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

export function scatter(loop: Loop, p: KeyExchangeParameters, rng: Rng): Series {
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

export function ratios({ eve }: KeyExchange): Histogram {
  return histogramOf("Eve's likelihood ratios in this session", [...eve.ratios], [...eve.truth])
}

/** The positive control of the picture above: the same test on the bare cable, with a longer bit. */
export function bareRatios(p: KeyExchangeParameters, rng: Rng): Histogram {
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

export function roc(
  loop: Loop,
  p: KeyExchangeParameters,
  sigma: ReturnType<typeof meterNoise>,
  wireAmperes: number,
): Series {
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

export function secretBitsAgainstLength(p: KeyExchangeParameters): Series {
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
