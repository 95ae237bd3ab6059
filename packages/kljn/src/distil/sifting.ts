import type { BitValue } from '../wire/model.ts'
import type { Bits } from './bits.ts'

/**
 * What one party knows after a bit exchange: its own resistor, and what its instruments say the other one is.
 */
export interface Reading {
  own: BitValue
  other: BitValue
}

/** A mixed state is kept: only then are LH and HL alike for Eve. LL and HH are known to everybody. */
export function isMixed({ own, other }: Reading): boolean {
  return own !== other
}

/**
 * The positions that both keep. Each party announces which exchanges it holds to be mixed; that tells Eve nothing
 * that the level of the noise has not told her already.
 */
export function commonPositions(mine: readonly boolean[], theirs: readonly boolean[]): number[] {
  const out: number[] = []
  for (let i = 0; i < Math.min(mine.length, theirs.length); i++)
    if (mine[i] === true && theirs[i] === true) out.push(i)
  return out
}

/** The key bit of a kept exchange: 1 where Alice holds R_H. Bob's bit is the opposite of his own resistor. */
export function keyBit(who: 'alice' | 'bob', { own }: Reading): 0 | 1 {
  return (own === 'H') === (who === 'alice') ? 1 : 0
}

export function siftedBits(
  who: 'alice' | 'bob',
  readings: readonly Reading[],
  positions: readonly number[],
): Bits {
  return Uint8Array.from(positions, (i) => keyBit(who, readings[i] as Reading))
}
