import {
  add,
  type Complex,
  complex,
  cosh,
  divide,
  multiply,
  ONE,
  scale,
  sinhc,
  squareRoot,
  subtract,
  ZERO,
} from './complex.ts'
import { effectiveCapacitanceFarads, type Line } from './model.ts'

/**
 * The chain matrix of a line at one frequency: U_A = a·U_B + b·I_B, I_A = c·U_B + d·I_B, with I_A flowing from Alice
 * into the line and I_B out of it to Bob.
 */
export interface TwoPort {
  readonly a: Complex
  readonly b: Complex
  readonly c: Complex
  readonly d: Complex
}

/** Series impedance and shunt admittance of the whole line at `hertz`, with what the shield driver leaves of C. */
function immittances(line: Line, hertz: number): { series: Complex; shunt: Complex } {
  const omega = 2 * Math.PI * hertz
  return {
    series: complex(line.resistanceOhms, omega * line.inductanceHenries),
    shunt: complex(line.conductanceSiemens, omega * effectiveCapacitanceFarads(line)),
  }
}

/**
 * The telegrapher's equations solved for a uniform RLCG line (Heaviside): cosh γ and Z·sinh γ, written with sinh(γ)/γ
 * so that R_c, L, C or G may each be zero. Exact at every frequency.
 */
export function telegrapher(line: Line, hertz: number): TwoPort {
  const { series, shunt } = immittances(line, hertz)
  const gammaSquared = multiply(series, shunt)
  const diagonal = cosh(squareRoot(gammaSquared))
  const factor = sinhc(gammaSquared)
  return { a: diagonal, b: multiply(series, factor), c: multiply(shunt, factor), d: diagonal }
}

/** A ladder of `sections` equal π-sections: what `nodal.ts` and ngspice step through in time, at one frequency. */
export function ladder(line: Line, sections: number, hertz: number): TwoPort {
  const { series, shunt } = immittances(line, hertz)
  const z = scale(series, 1 / sections)
  const half = scale(shunt, 1 / (2 * sections))
  const shuntHalf: TwoPort = { a: ONE, b: ZERO, c: half, d: ONE }
  const section = chain(chain(shuntHalf, { a: ONE, b: z, c: ZERO, d: ONE }), shuntHalf)
  let whole = section
  for (let i = 1; i < sections; i++) whole = chain(whole, section)
  return whole
}

function chain(p: TwoPort, q: TwoPort): TwoPort {
  return {
    a: add(multiply(p.a, q.a), multiply(p.b, q.c)),
    b: add(multiply(p.a, q.b), multiply(p.b, q.d)),
    c: add(multiply(p.c, q.a), multiply(p.d, q.c)),
    d: add(multiply(p.c, q.b), multiply(p.d, q.d)),
  }
}

/**
 * What the ends show when Alice's generator (one volt behind R_A) or Bob's works alone. Every voltage and current of
 * the stationary loop is `alice`·e_A + `bob`·e_B.
 */
export interface LoopTransfer {
  /** From e_A. */
  readonly alice: EndTransfer
  /** From e_B. */
  readonly bob: EndTransfer
}

export interface EndTransfer {
  readonly voltageA: Complex
  readonly currentA: Complex
  readonly voltageB: Complex
  readonly currentB: Complex
}

/**
 * Solves the loop at one frequency: U_A = e_A − R_A·I_A, U_B = e_B + R_B·I_B, both ends joined by `line`. Both
 * currents count as positive from Alice to Bob.
 */
export function solveLoop(line: TwoPort, aliceOhms: number, bobOhms: number): LoopTransfer {
  const { a, b, c, d } = line
  // e_A = (a + R_A·c)·U_B + (b + R_A·d)·I_B with U_B = e_B + R_B·I_B
  const voltageFactor = add(a, scale(c, aliceOhms))
  const total = add(add(b, scale(d, aliceOhms)), scale(voltageFactor, bobOhms))
  const solution = (currentB: Complex, ownVoltageB: Complex): EndTransfer => {
    const voltageB = add(ownVoltageB, scale(currentB, bobOhms))
    return {
      voltageA: add(multiply(a, voltageB), multiply(b, currentB)),
      currentA: add(multiply(c, voltageB), multiply(d, currentB)),
      voltageB,
      currentB,
    }
  }
  const minus = scale(voltageFactor, -1)
  return { alice: solution(divide(ONE, total), ZERO), bob: solution(divide(minus, total), ONE) }
}

/**
 * What the ends show of one ampere that flows into the middle of the line from outside, with both generators at rest:
 * the chain matrix of Alice's half carries the jump of the current to her end.
 */
export function injectionTransfer(
  line: Line,
  hertz: number,
  aliceOhms: number,
  bobOhms: number,
): EndTransfer {
  const { a, b, c, d } = telegrapher(line, hertz)
  const half = telegrapher(halfOf(line), hertz)
  // U_A = a·U_B + b·I_B − b½·J, I_A = c·U_B + d·I_B − d½·J, U_A = −R_A·I_A, U_B = R_B·I_B
  const total = add(add(b, scale(d, aliceOhms)), scale(add(a, scale(c, aliceOhms)), bobOhms))
  const currentB = divide(add(half.b, scale(half.d, aliceOhms)), total)
  const voltageB = scale(currentB, bobOhms)
  const currentA = subtract(add(multiply(c, voltageB), multiply(d, currentB)), half.d)
  return { voltageA: scale(currentA, -aliceOhms), currentA, voltageB, currentB }
}

/** Half of a uniform line. */
export function halfOf(line: Line): Line {
  return {
    ...line,
    lengthMetres: line.lengthMetres / 2,
    resistanceOhms: line.resistanceOhms / 2,
    inductanceHenries: line.inductanceHenries / 2,
    capacitanceFarads: line.capacitanceFarads / 2,
    conductanceSiemens: line.conductanceSiemens / 2,
  }
}
