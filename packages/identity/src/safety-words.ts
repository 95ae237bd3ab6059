import { compareBytes, equalBytes, utf8 } from '@warren/primitives/bytes'
import { sha256 } from '@warren/primitives/hash'
import { ENGLISH_WORDS } from '@warren/primitives/wordlist'
import { type DeviceIdentity, deviceDigest } from './device.ts'
import { IdentityError } from './errors.ts'

// §4.3: "A key's authenticity can be established manually by comparing the received key's fingerprint with the key's
// owner, e.g., via a call". docs/formats/identity.md §4.

/** 8 words of 11 bits: 88 bits, and finding another key with the same words takes 2^88 key generations. */
export const SAFETY_WORDS = 8
const BITS_PER_WORD = 11
const DOMAIN = utf8('warren/identity/safety-words/1')
/** Words of BIP-39 differ in their first four letters, so four are enough to recognise one. */
const PREFIX_LETTERS = 4

function wordsOf(bytes: Uint8Array): string[] {
  const words: string[] = []
  let held = 0
  let bits = 0
  for (const byte of bytes) {
    held = (held << 8) | byte
    bits += 8
    if (bits >= BITS_PER_WORD) {
      bits -= BITS_PER_WORD
      words.push(ENGLISH_WORDS[held >> bits] as string)
      held &= (1 << bits) - 1
    }
  }
  return words
}

/** The words of one identity's keys: 8, which its owner reads out and the other side compares. */
export function safetyWords(identity: Pick<DeviceIdentity, 'signingKey' | 'encryptionKey'>): string[] {
  return wordsOf(sha256(DOMAIN, deviceDigest(identity)).subarray(0, (SAFETY_WORDS * BITS_PER_WORD) / 8))
}

/**
 * The words that two parties compare once for both directions: 16, the same on both sides. They are the words of
 * both, in the order of their digests, and not 8 words of a joint hash: somebody in the middle shows each side a key
 * of his own choice, so a joint hash of 88 bits would fall to a birthday search of 2^44.
 */
export function pairSafetyWords(
  a: Pick<DeviceIdentity, 'signingKey' | 'encryptionKey'>,
  b: Pick<DeviceIdentity, 'signingKey' | 'encryptionKey'>,
): string[] {
  const order = compareBytes(deviceDigest(a), deviceDigest(b))
  return order <= 0 ? [...safetyWords(a), ...safetyWords(b)] : [...safetyWords(b), ...safetyWords(a)]
}

let index: Map<string, string> | undefined
function wordsByPrefix(): Map<string, string> {
  index ??= new Map(ENGLISH_WORDS.map((word) => [word.slice(0, PREFIX_LETTERS), word]))
  return index
}

/**
 * Reads words as people type them: any case, any spaces, commas, hyphens or line breaks between. A word may be cut
 * after its first four letters. Throws IdentityError `identity/safety-words` that gives the place of the unknown word.
 */
export function parseSafetyWords(text: string): string[] {
  const parts = text
    .normalize('NFKC')
    .toLowerCase()
    .split(/[\s,;.-]+/u)
    .filter((part) => part !== '')
  if (parts.length !== SAFETY_WORDS && parts.length !== 2 * SAFETY_WORDS)
    throw new IdentityError(
      'identity/safety-words',
      'bad-input',
      `safety words are ${SAFETY_WORDS} words, or ${2 * SAFETY_WORDS} for a pair; there are ${parts.length}`,
    )
  return parts.map((part, i) => {
    const word = wordsByPrefix().get(part.slice(0, PREFIX_LETTERS))
    if (word === undefined || !word.startsWith(part))
      throw new IdentityError('identity/safety-words', 'bad-input', `safety word ${i + 1} is not in the list`)
    return word
  })
}

/** True if the typed text stands for exactly these words. Every word is compared, whichever differs. */
export function safetyWordsMatch(expected: readonly string[], typed: string): boolean {
  return equalBytes(utf8(expected.join(' ')), utf8(parseSafetyWords(typed).join(' ')))
}
