import { checkRange } from '../range.ts'

/**
 * The "keyed" scheme (KKLJN): what HL and LH mean is turned round, bit by bit, by a key from before. Eve needs the
 * state and that key's bit. Knowing the state with chance p and the key's bit with chance q she knows the new bit with
 * 2p′ − 1 = (2p − 1)(2q − 1). The old key is used as a one-time pad: its secrecy is carried over, none is made, and a
 * key that protects two new ones protects neither from a comparison of the two.
 */
export function guessWithFormerKey(state: number, keyBit: number): number {
  checkRange('state', state, { unit: '', min: 0, max: 1 })
  checkRange('keyBit', keyBit, { unit: '', min: 0, max: 1 })
  return (1 + (2 * state - 1) * (2 * keyBit - 1)) / 2
}

/** Eve's chance after a chain of exchanges, each keyed by the one before, the first by a key she knows nothing of. */
export function guessAfterChain(state: number, exchanges: number): number {
  checkRange('exchanges', exchanges, { unit: '', min: 0, whole: true })
  let guess = 0.5
  for (let i = 0; i < exchanges; i++) guess = guessWithFormerKey(state, guess)
  return guess
}
