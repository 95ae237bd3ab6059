import { KljnError } from '../errors.ts'
import type { Prng } from '../noise/prng.ts'
import { checkRange } from '../range.ts'
import { type LoopState, loopState } from '../wire/algebraic.ts'
import { BIT_STATES, type BitValue, checkLoop, type Loop } from '../wire/model.ts'
import { type DecisionMode, type PartyName, partyDecision } from './decision.ts'
import type { MomentEngine } from './moment-engine.ts'
import { type Rule, ruleOverGenerators, ruleValue } from './rule.ts'
import { wishartSource } from './wishart.ts'

/** Many exchanged bits on a cold line with ideal instruments. */
export interface Experiment {
  loop: Loop
  /** N = 2BT, independent samples per bit. */
  samples: number
  bits: number
  mode: DecisionMode
  /** Eve's rule; true means HL. */
  eve: Rule
  /** Ends the run early; what was done until then is returned. */
  signal?: AbortSignal
}

/** What happened. Counts of bits. */
export interface Tally {
  /** Exchanged; fewer than were asked for when the run was cancelled. */
  bits: number
  complete: boolean
  /** States LH and HL: the ones that can give a secret bit. */
  mixed: number
  /** Of the mixed ones, those of which Eve's rule names the right state. */
  eveRight: number
  aliceWrong: number
  bobWrong: number
  /** Both believe the state mixed, and keep the bit. */
  kept: number
  /** Of the kept ones, those where Alice's and Bob's bits differ. */
  keptWrong: number
}

/** Eve's chance of a right guess in the run, and the standard error of it. */
export function eveChance({ eveRight, mixed }: Tally): { right: number; standardError: number } {
  const right = eveRight / mixed
  return { right, standardError: Math.sqrt(Math.max(right * (1 - right), 0.25 / mixed) / mixed) }
}

function check({ loop, samples, bits }: Experiment): void {
  checkLoop(loop)
  checkRange('samples', samples, { unit: '', min: 2, max: 1e12, whole: true })
  checkRange('bits', bits, { unit: '', min: 1, max: 1e12, whole: true })
  if (loop.line.temperatureKelvin > 0)
    throw new KljnError(
      'kljn/parameter',
      `line.temperatureKelvin is ${loop.line.temperatureKelvin} K; expected 0 K, because these shortcuts have no cable noise`,
    )
}

const emptyTally = (): Tally => ({
  bits: 0,
  complete: false,
  mixed: 0,
  eveRight: 0,
  aliceWrong: 0,
  bobWrong: 0,
  kept: 0,
  keptWrong: 0,
})

/** Enters one bit: what the state was (index into BIT_STATES), what each of the three decided. */
function enter(
  tally: Tally,
  state: number,
  aliceSaysHigh: boolean,
  bobSaysHigh: boolean,
  eveSaysHL: boolean,
) {
  const alice = state >> 1
  const bob = state & 1
  tally.bits++
  if (alice !== bob) {
    tally.mixed++
    if (eveSaysHL === (alice === 1)) tally.eveRight++
  }
  if (aliceSaysHigh !== (bob === 1)) tally.aliceWrong++
  if (bobSaysHigh !== (alice === 1)) tally.bobWrong++
  // each keeps the bit when the other's resistor seems to be the opposite of their own
  if (aliceSaysHigh !== (alice === 1) && bobSaysHigh !== (bob === 1)) {
    tally.kept++
    if (alice === bob) tally.keptWrong++
  }
}

function partyRule({ loop, mode, samples }: Experiment, party: PartyName, own: number): Rule {
  return partyDecision(loop, party, (own === 1 ? 'H' : 'L') satisfies BitValue, mode, samples).rule
}

const BATCH = 2048

/** By the Wishart shortcut: the same chances as a time-domain simulation, at a cost that does not depend on N. */
export function runWishart(experiment: Experiment, prng: Prng): Tally {
  check(experiment)
  const { loop, samples, bits, eve, signal } = experiment
  // three rules (Alice, Bob, Eve) in four states, each as c·(Σe_A², Σe_A·e_B, Σe_B²) > threshold
  const coefficients = new Float64Array(4 * 3 * 4)
  BIT_STATES.forEach((name, index) => {
    const state = loopState(loop, name)
    const rules = [partyRule(experiment, 'alice', index >> 1), partyRule(experiment, 'bob', index & 1), eve]
    rules.forEach((rule, who) => {
      const [aa, ab, bb] = ruleOverGenerators(rule, state)
      coefficients.set(
        [
          aa * state.aliceVolts2,
          ab * Math.sqrt(state.aliceVolts2 * state.bobVolts2),
          bb * state.bobVolts2,
          rule.threshold * samples,
        ],
        index * 12 + who * 4,
      )
    })
  })
  const source = wishartSource(samples, prng)
  const sums = new Float64Array(3 * BATCH)
  const states = new Int32Array(BATCH)
  const tally = emptyTally()
  while (tally.bits < bits && signal?.aborted !== true) {
    const count = Math.min(BATCH, bits - tally.bits)
    prng.fill(states)
    source.fill(count === BATCH ? sums : sums.subarray(0, 3 * count))
    enterBatch(tally, count, states, sums, coefficients)
  }
  tally.complete = tally.bits === bits
  return tally
}

/** `enter` for many bits, with the counts in registers. */
function enterBatch(
  tally: Tally,
  count: number,
  states: Int32Array,
  sums: Float64Array,
  c: Float64Array,
): void {
  let [mixed, eveRight, aliceWrong, bobWrong, kept, keptWrong] = [0, 0, 0, 0, 0, 0]
  for (let k = 0; k < count; k++) {
    const state = (states[k] as number) >>> 30
    const aa = sums[3 * k] as number
    const ab = sums[3 * k + 1] as number
    const bb = sums[3 * k + 2] as number
    const at = state * 12
    const says = (rule: number) =>
      (c[rule] as number) * aa + (c[rule + 1] as number) * ab + (c[rule + 2] as number) * bb >
      (c[rule + 3] as number)
        ? 1
        : 0
    const alice = state >> 1
    const bob = state & 1
    const isMixed = alice ^ bob
    const bobSeemsHigh = says(at)
    const aliceSeemsHigh = says(at + 4)
    // counts by arithmetic: which way a bit goes cannot be predicted, so a branch would cost more
    mixed += isMixed
    eveRight += isMixed & ~(says(at + 8) ^ alice)
    aliceWrong += bobSeemsHigh ^ bob
    bobWrong += aliceSeemsHigh ^ alice
    const keep = (bobSeemsHigh ^ alice) & (aliceSeemsHigh ^ bob)
    kept += keep
    keptWrong += keep & ~isMixed
  }
  tally.bits += count
  tally.mixed += mixed
  tally.eveRight += eveRight
  tally.aliceWrong += aliceWrong
  tally.bobWrong += bobWrong
  tally.kept += kept
  tally.keptWrong += keptWrong
}

/** Sample by sample through `engine`. */
export function runTimeDomain(experiment: Experiment, prng: Prng, engine: MomentEngine): Tally {
  check(experiment)
  const { loop, samples, bits, eve, signal } = experiment
  const states: readonly LoopState[] = BIT_STATES.map((name) => loopState(loop, name))
  const alice = [partyRule(experiment, 'alice', 0), partyRule(experiment, 'alice', 1)] as const
  const bob = [partyRule(experiment, 'bob', 0), partyRule(experiment, 'bob', 1)] as const
  const tally = emptyTally()
  const yes = (rule: Rule, moments: Parameters<typeof ruleValue>[1]) =>
    ruleValue(rule, moments) > rule.threshold
  while (tally.bits < bits && signal?.aborted !== true) {
    const state = prng.word() >>> 30
    const moments = engine.moments(states[state] as LoopState, samples)
    enter(
      tally,
      state,
      yes(alice[(state >> 1) as 0 | 1], moments),
      yes(bob[(state & 1) as 0 | 1], moments),
      yes(eve, moments),
    )
  }
  tally.complete = tally.bits === bits
  return tally
}
