import {
  characteristicOhms,
  delayLine,
  delaySeconds,
  type Line,
  ladder,
  largestStableStep,
  lineOf,
  loopState,
  nodal,
  RG58,
  resistiveLine,
  solveLoop,
  symmetricLoop,
  type TimeSolver,
  telegrapher,
} from '@warren/kljn'
import type { Figure } from '../figure.ts'
import { defineScenario } from '../scenario.ts'
import { below } from './verdict.ts'

interface Parameters {
  length: number
  alice: number
  bob: number
}

interface Result {
  /** Largest differences, of a source of 1 V. */
  algebraic: number
  exactAgainstLadder: number
  order: number
  delayLine: number
  trapezoidal: number
  leapfrog: number
  transient: number
  figures: Figure[]
}

export const cableSolversScenario = defineScenario<Parameters, Result>({
  id: 'kljn/solvers',
  title: 'Four ways to solve the loop, and where they agree',
  source: { paper: 'kljn', section: '§2.1, Figure 2; beyond the paper: a line with L and C' },
  summary:
    "The paper's loop is algebra: one resistance between two others. A real line is solved exactly at each frequency (telegrapher's equations), as two waves in time (delay line, no loss), and as a ladder stepped through time (trapezoidal rule or leapfrog). Where two of them describe the same thing they give the same numbers; the tests also compare them with ngspice.",
  parameters: {
    length: {
      kind: 'number',
      unit: 'm',
      default: 1000,
      min: 0,
      exclusiveMin: true,
      max: 1e6,
      help: 'length of RG58',
    },
    alice: { kind: 'number', unit: 'Ω', default: 150, min: 1, max: 1e6, help: "Alice's resistor" },
    bob: { kind: 'number', unit: 'Ω', default: 20, min: 1, max: 1e6, help: "Bob's resistor" },
  },

  run({ length, alice, bob }) {
    const line = lineOf(RG58, length)
    const lossless: Line = { ...line, resistanceOhms: 0 }
    const delay = delaySeconds(line)
    const sections = 12
    const step = largestStableStep(line, sections) / 4
    const slow = 1 / (2000 * step)
    const settled = (method: 'trapezoidal' | 'leapfrog') =>
      sineError(
        nodal(line, alice, bob, { sections, stepSeconds: step, method }),
        slow,
        solveLoop(ladder(line, sections, slow), alice, bob).alice,
      )
    const waves = delayLine(lossless, alice, bob, 10)
    const hertz = 1 / (400 * delay)
    const errors = [10, 20, 40].map((n) => distance(ladder(line, n, 5000).b, telegrapher(line, 5000).b))
    return Promise.resolve({
      algebraic: algebraicError(),
      exactAgainstLadder: distance(ladder(line, 200, 5000).a, telegrapher(line, 5000).a),
      order: Math.log2((errors[1] as number) / (errors[2] as number)),
      delayLine: sineError(waves, hertz, solveLoop(telegrapher(lossless, hertz), alice, bob).alice),
      trapezoidal: settled('trapezoidal'),
      leapfrog: settled('leapfrog'),
      ...transient(line, lossless, alice, bob),
    })
  },

  figures: (r) => [
    {
      kind: 'table',
      title: 'Largest difference between solvers, source of 1 V',
      columns: [{ name: 'between' }, { name: 'difference', unit: 'V' }],
      rows: [
        ['algebraic loop and exact solution, R_c only', r.algebraic],
        ['exact solution and 200 π-sections, at 5 kHz', r.exactAgainstLadder],
        ['delay line, settled, and exact solution, R_c = 0', r.delayLine],
        ['trapezoidal ladder, settled, and ladder at one frequency', r.trapezoidal],
        ['leapfrog ladder, settled, and ladder at one frequency', r.leapfrog],
        ['leapfrog ladder and delay line, through a transient', r.transient],
      ],
    },
    ...r.figures,
  ],

  claims: [
    {
      id: 'algebraic',
      statement: 'With R_c alone the exact solution is the algebraic loop',
      source: '§2.1',
      stands: 'holds',
      check: (r) => below(r.algebraic, 1e-12),
    },
    {
      id: 'ladder-converges',
      statement: 'The ladder converges to the exact solution with the square of the number of sections',
      source: 'beyond the paper',
      stands: 'holds',
      check: (r) => below(Math.abs(r.order - 2), 0.05),
    },
    {
      id: 'delay-line',
      statement: 'The delay line settles into the exact solution of a line without loss',
      source: 'beyond the paper',
      stands: 'holds',
      check: (r) => below(r.delayLine, 1e-9),
    },
    {
      id: 'nodal',
      statement: 'Both nodal methods settle into the ladder at one frequency, within 1e-5 V of 1 V',
      source: 'beyond the paper',
      stands: 'holds',
      check: (r) => below(Math.max(r.trapezoidal, r.leapfrog), 1e-5),
    },
    {
      id: 'transient',
      statement: 'The leapfrog ladder at its largest stable step follows the delay line through a transient',
      source: 'beyond the paper',
      stands: 'holds',
      check: (r) => below(r.transient, 1e-9),
    },
  ],
})

interface Complex {
  re: number
  im: number
}

function distance(a: Complex, b: Complex): number {
  return Math.hypot(a.re - b.re, a.im - b.im)
}

/** Every state of the loop 9k/1k/200 Ω: what the generators do to U_A and I. */
function algebraicError(): number {
  const loop = symmetricLoop({ lowOhms: 1000, highOhms: 9000, line: resistiveLine(200) })
  let worst = 0
  for (const state of ['LL', 'LH', 'HL', 'HH'] as const) {
    const { aliceOhms, bobOhms, totalOhms: whole } = loopState(loop, state)
    const { alice, bob } = solveLoop(telegrapher(loop.line, 123), aliceOhms, bobOhms)
    worst = Math.max(
      worst,
      Math.abs(alice.currentA.re * whole - 1),
      Math.abs(bob.currentB.re * whole + 1),
      Math.abs(alice.voltageB.re - bobOhms / whole),
      Math.abs(bob.voltageA.re - aliceOhms / whole),
    )
  }
  return worst
}

/** Drives Alice's end with a sine of a whole number of steps, and compares both voltages once it has settled. */
function sineError(
  solver: TimeSolver,
  hertz: number,
  exact: { voltageA: Complex; voltageB: Complex },
): number {
  const perPeriod = Math.round(1 / (hertz * solver.stepSeconds))
  const angle = (n: number) => (2 * Math.PI * n) / perPeriod
  let n = 0
  while (n < 12 * perPeriod) solver.step(Math.cos(angle(n++)), 0)
  const a = { re: 0, im: 0 }
  const b = { re: 0, im: 0 }
  for (let i = 0; i < perPeriod; i++, n++) {
    const { voltageA, voltageB } = solver.step(Math.cos(angle(n)), 0)
    a.re += (2 * voltageA * Math.cos(angle(n))) / perPeriod
    a.im -= (2 * voltageA * Math.sin(angle(n))) / perPeriod
    b.re += (2 * voltageB * Math.cos(angle(n))) / perPeriod
    b.im -= (2 * voltageB * Math.sin(angle(n))) / perPeriod
  }
  return Math.max(distance(a, exact.voltageA), distance(b, exact.voltageB))
}

function transient(
  line: Line,
  lossless: Line,
  alice: number,
  bob: number,
): { transient: number; figures: Figure[] } {
  const perDelay = 400
  const waves = delayLine(lossless, alice, bob, perDelay)
  const options = { sections: perDelay, stepSeconds: waves.stepSeconds, method: 'leapfrog' } as const
  const same = nodal(lossless, alice, bob, options)
  const lossy = nodal(line, alice, bob, options)
  const curves: Record<string, [number, number][]> = {
    'delay line': [],
    'leapfrog, no loss': [],
    'leapfrog, R_c': [],
  }
  let worst = 0
  for (let n = 0; n < 6 * perDelay; n++) {
    const volts = Math.sin((2 * Math.PI * n) / (3 * perDelay)) ** 2
    const a = waves.step(volts, 0).voltageB
    const b = same.step(volts, 0).voltageB
    const c = lossy.step(volts, 0).voltageB
    worst = Math.max(worst, Math.abs(a - b))
    if (n % 12 === 0)
      for (const [name, value] of [
        ['delay line', a],
        ['leapfrog, no loss', b],
        ['leapfrog, R_c', c],
      ] as const)
        curves[name]?.push([n / perDelay, value])
  }
  return {
    transient: worst,
    figures: [
      {
        kind: 'series',
        title: `A wave arrives at Bob's end: Z₀ = ${characteristicOhms(line).toFixed(0)} Ω between ${alice} Ω and ${bob} Ω`,
        x: { label: 'time, in delays of the line' },
        y: { label: 'voltage', unit: 'V' },
        lines: Object.entries(curves).map(([name, points]) => ({ name, points })),
      },
    ],
  }
}
