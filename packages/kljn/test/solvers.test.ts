import { describe, expect, it } from 'vitest'
import { modulus, subtract } from '../src/wire/complex.ts'
import { delayLine } from '../src/wire/delay-line.ts'
import { delaySeconds, type Line, lineOf, RG58, resistiveLine } from '../src/wire/model.ts'
import { largestStableStep, nodal } from '../src/wire/nodal.ts'
import type { TimeSolver } from '../src/wire/time-solver.ts'
import { ladder, solveLoop, telegrapher } from '../src/wire/two-port.ts'

const HIGH = 9000
const LOW = 1000

/** Drives Alice's end with a sine and reads the complex amplitude of both voltages once the start has died away. */
function steadyState(solver: TimeSolver, hertz: number, settleSteps: number, periods: number) {
  const omega = 2 * Math.PI * hertz * solver.stepSeconds
  const perPeriod = Math.round((2 * Math.PI) / omega)
  expect(perPeriod * omega).toBeCloseTo(2 * Math.PI, 9)
  let n = 0
  for (; n < settleSteps; n++) solver.step(Math.cos(omega * n), 0)
  const sum = { aRe: 0, aIm: 0, bRe: 0, bIm: 0 }
  const count = perPeriod * periods
  for (let i = 0; i < count; i++, n++) {
    const { voltageA, voltageB } = solver.step(Math.cos(omega * n), 0)
    const [c, s] = [Math.cos(omega * n), Math.sin(omega * n)]
    sum.aRe += voltageA * c
    sum.aIm -= voltageA * s
    sum.bRe += voltageB * c
    sum.bIm -= voltageB * s
  }
  const at = (re: number, im: number) => ({ re: (2 * re) / count, im: (2 * im) / count })
  return { voltageA: at(sum.aRe, sum.aIm), voltageB: at(sum.bRe, sum.bIm) }
}

describe('the exact solution at one frequency', () => {
  it('is reciprocal: a·d − b·c = 1', () => {
    for (const hertz of [0, 1, 1e3, 1e6, 1e7]) {
      const { a, b, c, d } = telegrapher({ ...lineOf(RG58, 1234), conductanceSiemens: 1e-6 }, hertz)
      expect(a.re * d.re - a.im * d.im - b.re * c.re + b.im * c.im).toBeCloseTo(1, 9)
    }
  })
  it('is the algebraic loop where the line has resistance only', () => {
    const total = HIGH + LOW + 200
    const { alice, bob } = solveLoop(telegrapher(resistiveLine(200), 50), HIGH, LOW)
    expect(alice.currentA.re).toBeCloseTo(1 / total, 15)
    expect(bob.currentB.re).toBeCloseTo(-1 / total, 15)
    expect(alice.voltageA.re).toBeCloseTo((LOW + 200) / total, 12)
    expect(bob.voltageA.re).toBeCloseTo(HIGH / total, 12)
    expect(bob.voltageB.re).toBeCloseTo((HIGH + 200) / total, 12)
  })
  it('is the limit of the ladder', () => {
    const line = lineOf(RG58, 2000)
    const exact = telegrapher(line, 5000)
    const errors = [10, 20, 40].map((sections) => modulus(subtract(ladder(line, sections, 5000).b, exact.b)))
    expect((errors[0] as number) / (errors[1] as number)).toBeCloseTo(4, 1) // second order
    expect((errors[1] as number) / (errors[2] as number)).toBeCloseTo(4, 1)
  })
})

describe('the delay line', () => {
  it('settles into the exact solution of a line without loss', () => {
    const line: Line = { ...lineOf(RG58, 1000), resistanceOhms: 0 }
    const delay = delaySeconds(line)
    const hertz = 1 / (400 * delay)
    const solver = delayLine(line, 150, 20, 10)
    const measured = steadyState(solver, hertz, 8000, 2)
    const exact = solveLoop(telegrapher(line, hertz), 150, 20).alice
    expect(modulus(subtract(measured.voltageA, exact.voltageA))).toBeLessThan(1e-9)
    expect(modulus(subtract(measured.voltageB, exact.voltageB))).toBeLessThan(1e-9)
  })
  it('is the algebraic loop at zero frequency', () => {
    const solver = delayLine(lineOf(RG58, 1000), HIGH, LOW, 4)
    let last = solver.step(1, 0)
    for (let i = 0; i < 20_000; i++) last = solver.step(1, 0)
    expect(last.currentA).toBeCloseTo(1 / (HIGH + LOW + 48), 12)
    expect(last.voltageB).toBeCloseTo(LOW / (HIGH + LOW + 48), 9)
  })
  it('carries an injected current to both ends', () => {
    const solver = delayLine(lineOf(RG58, 1000), 100, 300, 8)
    let last = solver.step(0, 0, 1e-3)
    for (let i = 0; i < 5000; i++) last = solver.step(0, 0, 1e-3)
    expect(last.currentB - last.currentA).toBeCloseTo(1e-3, 9)
  })
})

describe('the nodal time step', () => {
  const line: Line = { ...lineOf(RG58, 1000), conductanceSiemens: 2e-5 }
  const sections = 12

  it.each(['trapezoidal', 'leapfrog'] as const)('settles into the ladder at one frequency: %s', (method) => {
    const stepSeconds = largestStableStep(line, sections) / 4
    const hertz = 1 / (2000 * stepSeconds)
    const solver = nodal(line, 150, 40, { sections, stepSeconds, method })
    const measured = steadyState(solver, hertz, 20_000, 2)
    const exact = solveLoop(ladder(line, sections, hertz), 150, 40).alice
    expect(modulus(subtract(measured.voltageA, exact.voltageA))).toBeLessThan(2e-4)
    expect(modulus(subtract(measured.voltageB, exact.voltageB))).toBeLessThan(2e-4)
  })
  it('is the algebraic loop on a line with resistance only', () => {
    const solver = nodal(resistiveLine(200), HIGH, LOW, {
      sections: 3,
      stepSeconds: 1,
      method: 'trapezoidal',
    })
    for (const [a, b] of [
      [1, 0],
      [-2, 0.5],
      [0.25, -3],
    ] as const) {
      const { currentA, voltageB } = solver.step(a, b)
      expect(currentA).toBeCloseTo((a - b) / (HIGH + LOW + 200), 15)
      expect(voltageB).toBeCloseTo(b + ((a - b) * LOW) / (HIGH + LOW + 200), 12)
    }
  })
  it('follows the delay line through a transient', () => {
    const lossless: Line = { ...lineOf(RG58, 1000), resistanceOhms: 0 }
    const perDelay = 400
    const waves = delayLine(lossless, 100, 500, perDelay)
    // a leapfrog step of exactly one section's delay carries waves without dispersion
    const ladderSolver = nodal(lossless, 100, 500, {
      sections: perDelay,
      stepSeconds: waves.stepSeconds,
      method: 'leapfrog',
    })
    let worst = 0
    for (let n = 0; n < 5 * perDelay; n++) {
      const volts = Math.sin((2 * Math.PI * n) / (3 * perDelay)) ** 2
      const a = waves.step(volts, 0)
      const b = ladderSolver.step(volts, 0)
      worst = Math.max(worst, Math.abs(a.voltageB - b.voltageB), Math.abs(a.voltageA - b.voltageA))
    }
    expect(worst).toBeLessThan(5e-3)
  })
  it('refuses a step that would diverge, and names it with its bound', () => {
    const bound = largestStableStep(line, sections)
    const options = { sections, stepSeconds: bound * 1.01, method: 'leapfrog' } as const
    expect(() => nodal(line, 100, 100, options)).toThrow(
      expect.objectContaining({ code: 'kljn/unstable-step', message: expect.stringContaining(`${bound} s`) }),
    )
    expect(() => nodal(line, 100, 100, { ...options, method: 'trapezoidal' })).not.toThrow()
  })
  it('would indeed diverge: the bound is not a superstition', () => {
    // the same recurrence as the solver's, 1 % beyond the bound, without its check
    const n = 12
    const volts = new Float64Array(n + 1)
    const amperes = new Float64Array(n)
    volts[3] = 1e-6
    const step = 1.01
    for (let t = 0; t < 400; t++) {
      for (let k = 0; k < n; k++)
        amperes[k] = (amperes[k] as number) + step * ((volts[k] as number) - (volts[k + 1] as number))
      for (let k = 0; k <= n; k++) {
        const flow = (k === 0 ? 0 : (amperes[k - 1] as number)) - (k === n ? 0 : (amperes[k] as number))
        volts[k] = (volts[k] as number) + (step * flow) / (k === 0 || k === n ? 0.5 : 1)
      }
    }
    expect(Math.max(...volts.map(Math.abs))).toBeGreaterThan(1e6)
  })
})
