import type { Rng } from '@warren/primitives/rng'
import type { GaussianSource } from '../noise/gaussian.ts'
import {
  emptyEnds,
  generatorNoise,
  type HarmonicLoop,
  harmonicLoop,
  type SolveState,
} from '../wire/harmonics.ts'
import type { BitState, BitValue, Loop } from '../wire/model.ts'
import { resistorOf } from '../wire/model.ts'
import { halfOf } from '../wire/two-port.ts'

/**
 * The man in the middle: Eve cuts the line and plays Bob towards Alice and Alice towards Bob, with resistors and
 * generators of her own, drawn anew for every bit. Each half is a perfect exchange, and each party's levels are as they
 * should be; but the two ends carry different noise, which the comparison of single moments shows at once.
 */
export function manInTheMiddle(
  loop: Loop,
  { samples }: HarmonicLoop,
  gaussian: GaussianSource,
  rng: Rng,
): SolveState {
  const halves = harmonicLoop({ ...loop, line: halfOf(loop.line) }, samples)
  const own = new Float64Array(samples)
  const spare = emptyEnds(samples)
  const generate = (party: 'alice' | 'bob', value: BitValue) =>
    generatorNoise(resistorOf(loop[party], value), loop.bandwidthHertz, gaussian, own)
  return (state, alice, bob, out) => {
    const [towardsAlice, towardsBob] = Array.from(
      rng.bytes(2),
      (byte): BitValue => ((byte & 1) === 1 ? 'H' : 'L'),
    ) as [BitValue, BitValue]
    generate('bob', towardsAlice)
    halves.solve(`${state[0] as BitValue}${towardsAlice}` satisfies BitState, alice, own, spare)
    out.voltageA.set(spare.voltageA)
    out.currentA.set(spare.currentA)
    generate('alice', towardsBob)
    halves.solve(`${towardsBob}${state[1] as BitValue}` satisfies BitState, own, bob, spare)
    out.voltageB.set(spare.voltageB)
    out.currentB.set(spare.currentB)
  }
}
