import {
  alarmChance,
  alarmThreshold,
  comparison,
  type EndHarmonics,
  emptyEnds,
  gaussianSource,
  harmonicLoop,
  type Injection,
  injection,
  injectionExcess,
  injectionStatistic,
  type Loop,
  manInTheMiddle,
  meterNoise,
  type SolveState,
  type SpectralDecision,
  seededPrng,
  tapWire,
} from '@warren/kljn'
import type { Rng } from '@warren/primitives/rng'
import type { Figure } from '../figure.ts'
import { defineScenario } from '../scenario.ts'
import {
  type CableParameters,
  cableParameters,
  evenSamplesParameter,
  logSpaced,
  loopOnCable,
} from './cable-parameters.ts'
import { bitsParameter } from './loop-parameters.ts'
import { inSlices, sliceBits, unlessCancelled } from './slices.ts'
import { agrees, differs } from './verdict.ts'

interface Parameters extends CableParameters {
  samples: number
  bits: number
  meters: number
  injected: number
  alarm: number
}

interface Trial {
  bits: number
  alarms: number
  /** Bits until the first alarm; Infinity when there was none. */
  firstAlarm: number
}

interface Result {
  bits: number
  complete: boolean
  falseAlarm: number
  quiet: Trial
  injected: Trial
  injectedExpected: number
  loud: Trial
  middle: Trial
  eve: { quietGuess: number; loudGuess: number }
  figures: Figure[]
}

export const activeAttacksScenario = defineScenario<Parameters, Result>({
  id: 'kljn/active-attacks',
  title: 'Injection and the man in the middle, and the comparison that notices them',
  source: {
    paper: 'kljn',
    section: '§1, Figure 1: instantaneous comparison; beyond the paper: its statistics',
  },
  summary:
    'Alice and Bob publish what their meters read and check that one end follows from the other: residuals U_A − (a·U_B + b·I_B) and I_A − (c·U_B + d·I_B), on a resistive wire U_A − U_B − R_c·I and I_A − I_B, whitened and summed to χ². Eve feeds a current into the middle of the line and correlates, or cuts the line and plays both sides. The false alarms of a quiet line, the alarms of a small injection against their closed form, the ROC curve, the time to an alarm, and what an injection of that size teaches Eve.',
  parameters: {
    ...cableParameters,
    samples: evenSamplesParameter(64),
    bits: bitsParameter(4000),
    meters: {
      kind: 'number',
      default: 0.001,
      min: 1e-6,
      max: 0.1,
      help: "noise of Alice's and Bob's meters, as a fraction of the r.m.s. reading",
    },
    injected: {
      kind: 'number',
      default: 0.0008,
      min: 0,
      max: 100,
      help: "r.m.s. injected current, as a fraction of the wire's",
    },
    alarm: {
      kind: 'number',
      default: 0.01,
      min: 1e-6,
      max: 0.5,
      help: 'chance of a false alarm for each bit',
    },
  },

  async run(p, { rng, signal, progress }) {
    const loop = loopOnCable(p, ['beta-exact', 'capacitor-killer'])
    const harmonics = harmonicLoop(loop, p.samples)
    const gaussian = gaussianSource(seededPrng(rng))
    const sigma = metersOf(loop, p)
    const amperes = (p.injected * sigma.amperes) / p.meters
    const small = injection(loop, harmonics, amperes, gaussian)
    const loudAmperes = (0.5 * sigma.amperes) / p.meters
    const loud = injection(loop, harmonics, loudAmperes, gaussian)
    let bits = p.bits
    const trial = async (solve: SolveState) => {
      progress.report(0.3)
      const seen = await watch(loop, p, rng, signal, solve)
      bits = Math.min(bits, seen.bits)
      return seen
    }
    const excess = injectionExcess(loop, harmonics, sigma, 'HL', amperes)
    const excessLH = injectionExcess(loop, harmonics, sigma, 'LH', amperes)
    const expected = (alarmChance(excess, 1, p.alarm) + alarmChance(excessLH, 1, p.alarm)) / 2
    const quiet = await trial(harmonics.solve)
    const injected = await trial(small.solve)
    const loudTrial = await trial(loud.solve)
    const middle = await trial(manInTheMiddle(loop, harmonics, gaussian, rng))
    return {
      bits,
      complete: bits === p.bits,
      falseAlarm: p.alarm,
      quiet,
      injected,
      injectedExpected: expected,
      loud: loudTrial,
      middle,
      eve: {
        quietGuess: await eveGuess(loop, p, rng, signal, small),
        loudGuess: await eveGuess(loop, p, rng, signal, loud),
      },
      figures: [rocFigure(loop, p, sigma), timeFigure(loop, p, sigma)],
    }
  },

  figures: (r) => [
    {
      kind: 'table',
      title: `Comparison of the two ends, bit by bit (${r.bits} bits, false alarm ${r.falseAlarm})`,
      columns: [
        { name: 'line' },
        { name: 'share of bits with an alarm' },
        { name: 'first alarm', unit: 'bit' },
      ],
      rows: (
        [
          ['quiet', r.quiet],
          ['small injection', r.injected],
          ['injection of half the current', r.loud],
          ['man in the middle', r.middle],
        ] as const
      ).map(([name, t]) => [name, t.alarms / t.bits, Number.isFinite(t.firstAlarm) ? t.firstAlarm : null]),
    },
    {
      kind: 'table',
      title: 'What the injection teaches Eve: chance to name the bit from how her current divides',
      columns: [{ name: 'injection' }, { name: 'p' }],
      rows: [
        ['small', r.eve.quietGuess],
        ['half the current', r.eve.loudGuess],
      ],
    },
    ...r.figures,
  ],

  claims: [
    {
      id: 'false-alarms',
      statement: 'A quiet line raises the alarm as often as was agreed',
      source: '§1, Figure 1',
      stands: 'holds',
      check: unlessCancelled(({ quiet, bits, falseAlarm }) =>
        agrees(
          quiet.alarms / bits,
          falseAlarm,
          Math.sqrt((falseAlarm * (1 - falseAlarm)) / bits),
          `${bits} bits`,
        ),
      ),
    },
    {
      id: 'small-injection',
      statement: "An injection below the meters' noise is noticed as often as the closed form says",
      source: 'beyond the paper',
      stands: 'holds',
      check: unlessCancelled(({ injected, injectedExpected, bits }) =>
        agrees(injected.alarms / bits, injectedExpected, Math.sqrt(0.25 / bits), `${bits} bits`),
      ),
    },
    {
      id: 'positive-control',
      statement: 'That is well above the false alarms: the comparison can find what was planted',
      source: 'beyond the paper',
      stands: 'holds',
      check: unlessCancelled(({ injected, bits, falseAlarm }) =>
        differs(injected.alarms / bits, falseAlarm, Math.sqrt(0.25 / bits), `${bits} bits`),
      ),
    },
    {
      id: 'useful-injection-caught',
      statement: 'An injection that teaches Eve anything is noticed in the first bit',
      source: '§1: active attacks are caught by instantaneous comparison',
      stands: 'holds',
      check: unlessCancelled(({ loud, eve }) => ({
        verdict: loud.firstAlarm === 1 && eve.loudGuess > 0.9 ? 'holds' : 'fails',
        measured: `alarm in bit ${loud.firstAlarm}; Eve's chance ${eve.loudGuess.toFixed(3)}`,
        expected: 'alarm in bit 1, of an injection that gives Eve more than .9',
      })),
    },
    {
      id: 'man-in-the-middle-caught',
      statement: 'A man in the middle is noticed in the first bit',
      source: '§1',
      stands: 'holds',
      check: unlessCancelled(({ middle, bits }) => ({
        verdict: middle.alarms === bits ? 'holds' : 'fails',
        measured: `${middle.alarms} alarms in ${bits} bits`,
        expected: `${bits}`,
      })),
    },
    {
      id: 'undetected-injection-teaches-nothing',
      statement:
        'An injection that stays in the noise of the meters teaches Eve nothing that 4000 bits would show',
      source: 'beyond the paper',
      stands: 'holds',
      check: unlessCancelled(({ eve, bits }) =>
        agrees(eve.quietGuess, 0.5, Math.sqrt(0.25 / bits), `${bits} bits`),
      ),
    },
  ],
})

function metersOf(loop: Loop, p: Parameters) {
  const meter = { ...loop.instruments.alice, noiseFraction: p.meters }
  return meterNoise(
    {
      loop: { ...loop, instruments: { ...loop.instruments, alice: meter, bob: meter } },
      samples: p.samples,
      keyBits: 1,
      decision: 'levels' satisfies SpectralDecision,
      xorGroup: 1,
      securityBits: 64,
      falseAlarm: p.alarm,
      mostExchanges: 1,
    },
    harmonicLoop(loop, p.samples),
  )
}

/** Runs the comparison on every bit, with noisy meters at both ends. */
async function watch(
  loop: Loop,
  p: Parameters,
  rng: Rng,
  signal: AbortSignal,
  solve: SolveState,
): Promise<Trial> {
  const harmonics = harmonicLoop(loop, p.samples)
  const sigma = metersOf(loop, p)
  const check = comparison(harmonics, sigma)
  const threshold = alarmThreshold(check.degreesPerBit, p.alarm)
  const gaussian = gaussianSource(seededPrng(rng))
  const read = emptyEnds(p.samples)
  let alarms = 0
  let firstAlarm = Number.POSITIVE_INFINITY
  let bit = 0
  const visit = (_: 'HL' | 'LH', ends: EndHarmonics) => {
    bit++
    for (const name of ['voltageA', 'currentA', 'voltageB', 'currentB'] as const) {
      const noise = (name.startsWith('voltage') ? sigma.volts : sigma.amperes) / Math.SQRT2
      for (let i = 0; i < p.samples; i++) read[name][i] = (ends[name][i] as number) + noise * gaussian.next()
    }
    if (check.chiSquare(read) <= threshold) return
    alarms++
    firstAlarm = Math.min(firstAlarm, bit)
  }
  const bits = await inSlices(p.bits, sliceBits(p.samples), signal, (count) =>
    tapWire(loop, p.samples, count, rng, visit, solve),
  )
  return { bits, alarms, firstAlarm }
}

async function eveGuess(
  loop: Loop,
  p: Parameters,
  rng: Rng,
  signal: AbortSignal,
  attack: Injection,
): Promise<number> {
  let right = 0
  const visit = (state: 'HL' | 'LH', ends: EndHarmonics) => {
    if (injectionStatistic(ends, attack.injected) > 0 === (state === 'HL')) right++
  }
  const bits = await inSlices(p.bits, sliceBits(p.samples), signal, (count) =>
    tapWire(loop, p.samples, count, rng, visit, attack.solve),
  )
  return right / bits
}

const SIZES = [0.25, 0.5, 0.8, 1.2]

function rocFigure(loop: Loop, p: Parameters, sigma: ReturnType<typeof meterNoise>): Figure {
  const harmonics = harmonicLoop(loop, p.samples)
  const falseAlarms = logSpaced(1e-6, 0.5, 30)
  return {
    kind: 'series',
    title: `ROC of the comparison of one bit, N = ${p.samples}: injection against the meters' noise`,
    x: { label: 'chance of a false alarm', scale: 'log' },
    y: { label: 'chance of an alarm' },
    lines: [0, ...SIZES].map((size) => {
      const excess = injectionExcess(loop, harmonics, sigma, 'HL', size * sigma.amperes)
      return {
        name: size === 0 ? 'nobody injects' : `injected ${size} × meter noise`,
        points: falseAlarms.map((alpha): [number, number] => [alpha, alarmChance(excess, 1, alpha)]),
      }
    }),
  }
}

function timeFigure(loop: Loop, p: Parameters, sigma: ReturnType<typeof meterNoise>): Figure {
  const harmonics = harmonicLoop(loop, p.samples)
  const lengths = [1, 2, 4, 8, 16, 32, 64, 128, 256]
  return {
    kind: 'series',
    title: `Time to alarm: chance that a comparison over so many bits notices (false alarm ${p.alarm})`,
    x: { label: 'bits compared', scale: 'log' },
    y: { label: 'chance of an alarm' },
    lines: SIZES.map((size) => {
      const excess = injectionExcess(loop, harmonics, sigma, 'HL', size * sigma.amperes)
      return {
        name: `injected ${size} × meter noise`,
        points: lengths.map((bits): [number, number] => [bits, alarmChance(excess, bits, p.alarm)]),
      }
    }),
  }
}
