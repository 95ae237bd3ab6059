import { wordlist } from '@scure/bip39/wordlists/english.js'

/** BIP-39's 2048 English words: no two share their first four letters. A word stands for 11 bits. */
export const ENGLISH_WORDS: readonly string[] = wordlist
