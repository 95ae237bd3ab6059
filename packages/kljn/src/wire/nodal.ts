import { KljnError } from '../errors.ts'
import { checkRange } from '../range.ts'
import { checkLine, effectiveCapacitanceFarads, type Line } from './model.ts'
import type { TimeSolver } from './time-solver.ts'

export interface NodalOptions {
  /** Equal π-sections: the ladder that stands for the line. */
  sections: number
  stepSeconds: number
  /**
   * `trapezoidal` solves all nodes together and is stable at any step; `leapfrog` steps currents and voltages in turn,
   * and is stable up to the delay of one section.
   */
  method: 'trapezoidal' | 'leapfrog'
}

/** The largest step of the leapfrog method, in seconds: √(LC) of one section (Courant, Friedrichs and Lewy 1928). */
export function largestStableStep(line: Line, sections: number): number {
  return Math.sqrt(line.inductanceHenries * effectiveCapacitanceFarads(line)) / sections
}

/**
 * The ladder in time. Throws KljnError `kljn/parameter`, and `kljn/unstable-step` where the step is too long for the
 * method.
 */
export function nodal(line: Line, aliceOhms: number, bobOhms: number, options: NodalOptions): TimeSolver {
  checkLine(line)
  checkRange('aliceOhms', aliceOhms, { unit: 'Ω', moreThan: 0, max: 1e12 })
  checkRange('bobOhms', bobOhms, { unit: 'Ω', moreThan: 0, max: 1e12 })
  const { sections, stepSeconds, method } = options
  checkRange('sections', sections, { unit: '', min: 1, max: 100_000, whole: true })
  checkRange('stepSeconds', stepSeconds, { unit: 's', moreThan: 0, max: 1e9 })
  if (line.resistanceOhms === 0 && line.inductanceHenries === 0)
    throw new KljnError(
      'kljn/parameter',
      'line.resistanceOhms (Ω) and line.inductanceHenries (H) are both 0: there is nothing between the nodes',
    )
  const parts = ladderParts(line, sections)
  return method === 'trapezoidal'
    ? trapezoidal(parts, aliceOhms, bobOhms, stepSeconds)
    : leapfrog(line, parts, aliceOhms, bobOhms, stepSeconds)
}

interface LadderParts {
  sections: number
  ohms: number
  henries: number
  /** One number a node; the end nodes have half a section. */
  farads: Float64Array
  siemens: Float64Array
}

function ladderParts(line: Line, sections: number): LadderParts {
  const spread = (total: number) =>
    Float64Array.from(
      { length: sections + 1 },
      (_, k) => total / sections / (k === 0 || k === sections ? 2 : 1),
    )
  return {
    sections,
    ohms: line.resistanceOhms / sections,
    henries: line.inductanceHenries / sections,
    farads: spread(effectiveCapacitanceFarads(line)),
    siemens: spread(line.conductanceSiemens),
  }
}

function endsOf(aliceOhms: number, bobOhms: number) {
  const out = { voltageA: 0, currentA: 0, voltageB: 0, currentB: 0 }
  return (first: number, last: number, aliceVolts: number, bobVolts: number) => {
    out.voltageA = first
    out.voltageB = last
    out.currentA = (aliceVolts - first) / aliceOhms
    out.currentB = (last - bobVolts) / bobOhms
    return out
  }
}

/**
 * Trapezoidal rule with companion models (as SPICE has it): each branch becomes a conductance and a source, which
 * leaves one tridiagonal system for the node voltages, factored once.
 */
function trapezoidal(
  { sections: n, ohms, henries, farads, siemens }: LadderParts,
  aliceOhms: number,
  bobOhms: number,
  h: number,
): TimeSolver {
  const branch = 1 / (ohms + (2 * henries) / h) // conductance of a branch's companion
  const memory = (2 * henries) / h - ohms
  const diagonal = new Float64Array(n + 1)
  const keep = new Float64Array(n + 1)
  for (let k = 0; k <= n; k++) {
    const capacitive = (2 * (farads[k] as number)) / h
    const end = (k === 0 ? 1 / aliceOhms : 0) + (k === n ? 1 / bobOhms : 0)
    diagonal[k] = capacitive + (siemens[k] as number) + end + branch * (k === 0 || k === n ? 1 : 2)
    keep[k] = capacitive - (siemens[k] as number) - end
  }
  // Thomas' algorithm: the matrix is symmetric, with −branch beside its diagonal
  const pivot = new Float64Array(n + 1)
  pivot[0] = diagonal[0] as number
  for (let k = 1; k <= n; k++) pivot[k] = (diagonal[k] as number) - branch ** 2 / (pivot[k - 1] as number)

  const volts = new Float64Array(n + 1)
  const amperes = new Float64Array(n)
  const source = new Float64Array(n)
  const right = new Float64Array(n + 1)
  const middle = n >> 1
  const ends = endsOf(aliceOhms, bobOhms)
  let lastAlice = 0
  let lastBob = 0
  let lastInjected = 0
  return {
    stepSeconds: h,
    step(aliceVolts, bobVolts, injectedAmperes = 0) {
      for (let k = 0; k < n; k++)
        source[k] =
          branch * ((volts[k] as number) - (volts[k + 1] as number) + memory * (amperes[k] as number))
      for (let k = 0; k <= n; k++) {
        const flowIn = k === 0 ? 0 : (amperes[k - 1] as number) + (source[k - 1] as number)
        const flowOut = k === n ? 0 : (amperes[k] as number) + (source[k] as number)
        right[k] = (keep[k] as number) * (volts[k] as number) + flowIn - flowOut
      }
      right[0] = (right[0] as number) + (aliceVolts + lastAlice) / aliceOhms
      right[n] = (right[n] as number) + (bobVolts + lastBob) / bobOhms
      right[middle] = (right[middle] as number) + injectedAmperes + lastInjected
      for (let k = 1; k <= n; k++)
        right[k] = (right[k] as number) + (branch * (right[k - 1] as number)) / (pivot[k - 1] as number)
      volts[n] = right[n] / (pivot[n] as number)
      for (let k = n - 1; k >= 0; k--)
        volts[k] = ((right[k] as number) + branch * (volts[k + 1] as number)) / (pivot[k] as number)
      for (let k = 0; k < n; k++)
        amperes[k] = (source[k] as number) + branch * ((volts[k] as number) - (volts[k + 1] as number))
      lastAlice = aliceVolts
      lastBob = bobVolts
      lastInjected = injectedAmperes
      return ends(volts[0] as number, volts[n], aliceVolts, bobVolts)
    },
  }
}

/** Voltages at whole steps, currents half a step later (Yee 1966); losses are averaged over the step. */
function leapfrog(
  line: Line,
  { sections: n, ohms, henries, farads, siemens }: LadderParts,
  aliceOhms: number,
  bobOhms: number,
  h: number,
): TimeSolver {
  const largest = largestStableStep(line, n)
  if (!(largest > 0))
    throw new KljnError(
      'kljn/parameter',
      'the leapfrog method needs an inductance (H) and a capacitance (F) of more than 0; trapezoidal does not',
    )
  if (h > largest)
    throw new KljnError(
      'kljn/unstable-step',
      `stepSeconds is ${h} s; with ${n} sections the leapfrog method is stable up to ${largest} s`,
    )
  const volts = new Float64Array(n + 1)
  const amperes = new Float64Array(n)
  const middle = n >> 1
  const ends = endsOf(aliceOhms, bobOhms)
  const grow = henries / h + ohms / 2
  const shrink = henries / h - ohms / 2
  const update = (k: number, inflow: number, endOhms: number, endVolts: number) => {
    const c = (farads[k] as number) / h
    const loss = (siemens[k] as number) / 2 + (endOhms === 0 ? 0 : 1 / (2 * endOhms))
    const drive = endOhms === 0 ? 0 : endVolts / endOhms
    volts[k] = ((c - loss) * (volts[k] as number) + inflow + drive) / (c + loss)
  }
  let lastAlice = 0
  let lastBob = 0
  return {
    stepSeconds: h,
    step(aliceVolts, bobVolts, injectedAmperes = 0) {
      for (let k = 0; k < n; k++)
        amperes[k] =
          (shrink * (amperes[k] as number) + (volts[k] as number) - (volts[k + 1] as number)) / grow
      for (let k = 0; k <= n; k++) {
        const inflow =
          (k === 0 ? 0 : (amperes[k - 1] as number)) -
          (k === n ? 0 : (amperes[k] as number)) +
          (k === middle ? injectedAmperes : 0)
        if (k === 0) update(k, inflow, aliceOhms, (aliceVolts + lastAlice) / 2)
        else if (k === n) update(k, inflow, bobOhms, (bobVolts + lastBob) / 2)
        else update(k, inflow, 0, 0)
      }
      lastAlice = aliceVolts
      lastBob = bobVolts
      return ends(volts[0] as number, volts[n] as number, aliceVolts, bobVolts)
    },
  }
}
