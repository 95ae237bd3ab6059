import { KljnError } from '../errors.ts'
import { checkRange } from '../range.ts'
import { guessAfterXor } from './xor-amplification.ts'

/** What is known when the parties hold equal keys, and before privacy amplification. */
export interface LedgerInput {
  /** Bit exchanges over the wire. */
  exchanges: number
  /** Bits that both kept, less those that were spent on estimating the error rate. */
  keptBits: number
  /** Parities that Cascade showed to everybody. */
  parityBits: number
  /** Length of the hash by which the parties verified that their keys are equal. */
  verificationBits: number
  /** Eve's chance of guessing one kept bit by the best test there is: `attacks/spectral-likelihood.ts`. */
  guess: number
  /** I(bit; Eve) of that test, in bits a kept bit. */
  informationBits: number
  /** Groups of the XOR between reconciliation and the final hash; 1: none. */
  xorGroup: number
  /** The final key differs from a uniform one, for Eve, by at most 2^−securityBits in statistical distance. */
  securityBits: number
}

export interface Ledger extends LedgerInput {
  /** −log2 of Eve's chance to guess a bit after XOR: her average conditional min-entropy, in bits a bit. */
  minEntropyPerBit: number
  /** I(bit; Eve) of all kept bits together. */
  eveInformationBits: number
  /** H_min of all bits after XOR, less everything that was said about them in public. */
  minEntropyBits: number
  /** The longest key that may be distilled; 0 when there is none. */
  secretBits: number
}

/**
 * From kept bits to secret bits. The exchanges are independent, so Eve's average conditional min-entropy adds up
 * (Dodis, Ostrovsky, Reyzin and Smith 2008, whose lemma 2.2 also subtracts what was said in public, bit for bit); the
 * leftover hash lemma then takes 2·securityBits − 2 more, of which the 2 is left as a margin. What the ledger takes on
 * trust is `guess`: it bounds every passive attack on the stationary signals of the model, and nothing else.
 */
export function ledger(input: LedgerInput): Ledger {
  const count = { unit: 'bit', min: 0, whole: true }
  checkRange('exchanges', input.exchanges, { ...count, min: 1 })
  checkRange('keptBits', input.keptBits, { ...count, max: input.exchanges })
  checkRange('parityBits', input.parityBits, count)
  checkRange('verificationBits', input.verificationBits, count)
  checkRange('guess', input.guess, { unit: '', min: 0.5, max: 1 })
  checkRange('informationBits', input.informationBits, { unit: 'bit', min: 0, max: 1 })
  checkRange('securityBits', input.securityBits, { unit: 'bit', min: 1, max: 1000 })
  const minEntropyPerBit = -Math.log2(guessAfterXor(input.guess, input.xorGroup))
  const inputBits = Math.floor(input.keptBits / input.xorGroup)
  const minEntropyBits = inputBits * minEntropyPerBit - input.parityBits - input.verificationBits
  return {
    ...input,
    minEntropyPerBit,
    eveInformationBits: input.keptBits * input.informationBits,
    minEntropyBits,
    secretBits: Math.max(0, Math.floor(minEntropyBits - 2 * input.securityBits)),
  }
}

/**
 * A bound on what Eve knows of a key of `keyBits` bits made by a universal₂ hash, in bits: log2(1 + 2^(keyBits − H)),
 * with H her min-entropy before (Bennett, Brassard, Crépeau and Maurer 1995, theorem 3; H_min bounds their Rényi
 * entropy from below).
 */
export function residualInformationBits(minEntropyBits: number, keyBits: number): number {
  return Math.log1p(2 ** Math.min(1000, keyBits - minEntropyBits)) / Math.LN2
}

/** How many kept bits a key of `keyBits` needs, before errors: the inverse of `ledger` without parities. */
export function keptBitsFor(
  keyBits: number,
  guess: number,
  securityBits: number,
  verificationBits: number,
): number {
  checkRange('guess', guess, { unit: '', min: 0.5, max: 1 })
  const perBit = -Math.log2(guess)
  if (perBit < 1e-9)
    throw new KljnError(
      'kljn/no-secret-left',
      `Eve guesses every bit with chance ${guess}: no key can be distilled`,
    )
  return Math.ceil((keyBits + verificationBits + 2 * securityBits) / perBit)
}
