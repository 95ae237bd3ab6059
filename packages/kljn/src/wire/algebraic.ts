import { johnsonVoltsSquared } from './constants.ts'
import { type BitState, connected, type Loop } from './model.ts'

/** One state of the resistive loop, ready for arithmetic. Variances in V². */
export interface LoopState {
  readonly aliceOhms: number
  readonly bobOhms: number
  /** R_c. */
  readonly lineOhms: number
  /** ⟨e_A²⟩, ⟨e_B²⟩ and the cable's own thermal noise. */
  readonly aliceVolts2: number
  readonly bobVolts2: number
  readonly lineVolts2: number
  /** S = R_A + R_c + R_B. */
  readonly totalOhms: number
}

/** The line's inductance, capacitance and conductance are ignored: this is the loop of the paper. */
export function loopState(loop: Loop, state: BitState): LoopState {
  const { alice, bob } = connected(loop, state)
  const lineOhms = loop.line.resistanceOhms
  const variance = (temperature: number, ohms: number) =>
    johnsonVoltsSquared(temperature, ohms, loop.bandwidthHertz)
  return {
    aliceOhms: alice.resistanceOhms,
    bobOhms: bob.resistanceOhms,
    lineOhms,
    aliceVolts2: variance(alice.temperatureKelvin, alice.resistanceOhms),
    bobVolts2: variance(bob.temperatureKelvin, bob.resistanceOhms),
    lineVolts2: variance(loop.line.temperatureKelvin, lineOhms),
    totalOhms: alice.resistanceOhms + lineOhms + bob.resistanceOhms,
  }
}

/** Second moments of what can be measured: U_A and U_B at the ends, I from Alice to Bob. V², V·A, A². */
export interface Moments {
  uaua: number
  ubub: number
  uaub: number
  uai: number
  ubi: number
  ii: number
}

/** Exact expectations. I = (e_A − e_B + e_c)/S, U_A = e_A − I·R_A, U_B = e_B + I·R_B (specs/kljn.md, notation). */
export function expectedMoments(state: LoopState): Moments {
  const { aliceOhms: ra, bobOhms: rb, aliceVolts2: va, bobVolts2: vb, totalOhms: s } = state
  const ii = (va + vb + state.lineVolts2) / (s * s)
  return {
    uaua: va - (2 * ra * va) / s + ra * ra * ii,
    ubub: vb - (2 * rb * vb) / s + rb * rb * ii,
    uaub: (va * rb + vb * ra) / s - ra * rb * ii,
    uai: va / s - ra * ii,
    ubi: rb * ii - vb / s,
    ii,
  }
}

/** Covariance of (U_m, I), U_m = (U_A + U_B)/2: all that Eve sees of a cold resistive line. */
export function middleCovariance(m: Moments): [[number, number], [number, number]] {
  const umum = (m.uaua + 2 * m.uaub + m.ubub) / 4
  const umi = (m.uai + m.ubi) / 2
  return [
    [umum, umi],
    [umi, m.ii],
  ]
}

/** Samples of the ends' voltages and the current, in place of the generators' voltages. Arrays of equal length. */
export interface Traces {
  aliceVolts: Float64Array
  bobVolts: Float64Array
  currentAmperes: Float64Array
}

/** Kirchhoff's laws sample by sample. `lineVolts` is the cable's own noise with any ground voltage; omitted: none. */
export function solveResistiveLoop(
  state: LoopState,
  aliceGenerator: Float64Array,
  bobGenerator: Float64Array,
  lineVolts?: Float64Array,
): Traces {
  const { aliceOhms, bobOhms, totalOhms } = state
  const length = aliceGenerator.length
  const aliceVolts = new Float64Array(length)
  const bobVolts = new Float64Array(length)
  const currentAmperes = new Float64Array(length)
  for (let t = 0; t < length; t++) {
    const ea = aliceGenerator[t] as number
    const eb = bobGenerator[t] as number
    const current = (ea - eb + (lineVolts === undefined ? 0 : (lineVolts[t] as number))) / totalOhms
    aliceVolts[t] = ea - current * aliceOhms
    bobVolts[t] = eb + current * bobOhms
    currentAmperes[t] = current
  }
  return { aliceVolts, bobVolts, currentAmperes }
}

/** Means of the products, as somebody with ideal instruments computes them. */
export function measuredMoments({ aliceVolts, bobVolts, currentAmperes }: Traces): Moments {
  const sums = { uaua: 0, ubub: 0, uaub: 0, uai: 0, ubi: 0, ii: 0 }
  const length = aliceVolts.length
  for (let t = 0; t < length; t++) {
    const ua = aliceVolts[t] as number
    const ub = bobVolts[t] as number
    const i = currentAmperes[t] as number
    sums.uaua += ua * ua
    sums.ubub += ub * ub
    sums.uaub += ua * ub
    sums.uai += ua * i
    sums.ubi += ub * i
    sums.ii += i * i
  }
  for (const key of Object.keys(sums) as (keyof Moments)[]) sums[key] /= length
  return sums
}
