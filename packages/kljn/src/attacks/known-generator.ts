import { middleReadingsCovariance, readings } from '../exchange/readings.ts'
import { type Covariance, type Distinguishability, distinguish } from '../exchange/two-gaussians.ts'
import { checkRange } from '../range.ts'
import { loopState } from '../wire/algebraic.ts'
import { type BitState, connected, IDEAL_INSTRUMENT, type Loop } from '../wire/model.ts'

/**
 * The random-number-generator attacks of Chamon, Ferdous and Kish: Eve knows something of the numbers from which a
 * party makes its noise. She has, for each of the party's two resistors, a voltage that is correlated with what the
 * generator would make: `knowledge` 1 is the seed itself, 0 nothing.
 */
export interface GeneratorKnowledge {
  ofAlice: number
  ofBob: number
}

/** Covariance of (U_m, I) and of the predictions that Eve has, each of unit variance and independent of the others. */
function seenWith(loop: Loop, state: BitState, { ofAlice, ofBob }: GeneratorKnowledge): Covariance {
  const rows = readings(loopState(loop, state), IDEAL_INSTRUMENT)
  const middle = middleReadingsCovariance(rows)
  const [ua, ub, i] = rows
  // how each prediction goes with (U_m, I): not at all when its resistor is not connected
  const predictions: [number, number][] = []
  for (const [knowledge, column, bit] of [
    [ofAlice, 0, state[0]],
    [ofBob, 1, state[1]],
  ] as const) {
    if (knowledge === 0) continue
    for (const value of ['L', 'H']) {
      const share = value === bit ? knowledge : 0
      const middleVolts = ((ua[column] as number) + (ub[column] as number)) / 2
      predictions.push([share * middleVolts, share * (i[column] as number)])
    }
  }
  return [
    ...middle.map((row, r) => [...row, ...predictions.map((cross) => cross[r as 0 | 1])]),
    ...predictions.map((cross, r) => [...cross, ...predictions.map((_, c) => (r === c ? 1 : 0))]),
  ]
}

/**
 * Eve's chance of telling HL from LH in N samples by the best test of all she has. Knowledge below 1; at 1 of one
 * party, one sample is enough and the test is exact equality, so it is refused here.
 */
export function knownGeneratorAttack(
  loop: Loop,
  knowledge: GeneratorKnowledge,
  samples: number,
): Distinguishability {
  const range = { unit: '', min: 0, max: 0.999 }
  checkRange('knowledge.ofAlice', knowledge.ofAlice, range)
  checkRange('knowledge.ofBob', knowledge.ofBob, range)
  return distinguish(seenWith(loop, 'HL', knowledge), seenWith(loop, 'LH', knowledge), samples)
}

/**
 * Eve holds Alice's seed: for each resistor Alice may have, the known voltage and the measured current give the voltage
 * that Alice's end would show. True means that Alice has R_H. One sample is enough, but for rounding.
 */
export function decideWithSeed(
  loop: Loop,
  knownVolts: { ifLow: number; ifHigh: number },
  measured: { aliceVolts: number; currentAmperes: number },
): boolean {
  const { alice: low } = connected(loop, 'LH')
  const { alice: high } = connected(loop, 'HL')
  const miss = (volts: number, ohms: number) =>
    Math.abs(volts - measured.currentAmperes * ohms - measured.aliceVolts)
  return miss(knownVolts.ifHigh, high.resistanceOhms) < miss(knownVolts.ifLow, low.resistanceOhms)
}
