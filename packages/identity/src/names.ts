import { utf8 } from '@warren/primitives/bytes'
import { IdentityError } from './errors.ts'

// Names that people tell apart, by UTS #39 (Unicode security mechanisms). The certification authority of the paper
// "does not accept similar identifiers, e.g., prevents homoglyph attacks" (§4.3). docs/formats/identity.md §5.

export type AccountName = string & { readonly __brand: 'AccountName' }
export type DeviceName = string & { readonly __brand: 'DeviceName' }

export const NAME_CHARACTERS_LIMIT = 64
/** UTS #39 §5.4: a longer run of marks can be piled up to hide the letter. */
const MARKS_LIMIT = 4

/** UAX #31, Table 5: the scripts in common modern use. */
const RECOMMENDED_SCRIPTS = [
  'Latin',
  'Cyrillic',
  'Greek',
  'Armenian',
  'Georgian',
  'Hebrew',
  'Arabic',
  'Thaana',
  'Ethiopic',
  'Devanagari',
  'Bengali',
  'Gurmukhi',
  'Gujarati',
  'Oriya',
  'Tamil',
  'Telugu',
  'Kannada',
  'Malayalam',
  'Sinhala',
  'Thai',
  'Lao',
  'Tibetan',
  'Myanmar',
  'Khmer',
  'Han',
  'Hiragana',
  'Katakana',
  'Bopomofo',
  'Hangul',
] as const

/** UTS #39 §5.2, "highly restrictive": one script, or one of the three mixtures that East Asian names need. */
const PROFILES: readonly (readonly string[])[] = [
  ...RECOMMENDED_SCRIPTS.map((script) => [script]),
  ['Latin', 'Han', 'Hiragana', 'Katakana'],
  ['Latin', 'Han', 'Bopomofo'],
  ['Latin', 'Han', 'Hangul'],
]

const ofScripts = (scripts: readonly string[]) =>
  scripts.map((script) => `\\p{Script_Extensions=${script}}`).join('')
/** Made when the first name needs them: compiling them is a good part of a short command's time. */
let profilePatterns: readonly RegExp[] | undefined
let recommended: RegExp | undefined
function isRecommended(character: string): boolean {
  recommended ??= new RegExp(`^[${ofScripts([...RECOMMENDED_SCRIPTS, 'Common', 'Inherited'])}]$`, 'u')
  return recommended.test(character)
}
const LETTER_MARK_DIGIT = /^[\p{L}\p{M}\p{Nd}]$/u
const ACCOUNT_PUNCTUATION = " '’.-_·"
const DEVICE_PUNCTUATION = `${ACCOUNT_PUNCTUATION}()+#&,!:/`

/** A letter, mark or digit of a recommended script that NFKC leaves as it is, so no 𝓐, no ﬁ, no full-width letters. */
export function isNameCharacter(character: string): boolean {
  if (/^[\x20-\x7e]$/.test(character)) return /^[A-Za-z0-9]$/.test(character)
  return (
    LETTER_MARK_DIGIT.test(character) &&
    isRecommended(character) &&
    !/\p{Default_Ignorable_Code_Point}/u.test(character) &&
    character.normalize('NFKC') === character.normalize('NFC')
  )
}

function refuse(what: string, why: string): never {
  throw new IdentityError('identity/name', 'bad-input', `${what}: ${why}`)
}

function check(text: string, what: string, punctuation: string): void {
  if (typeof text !== 'string') throw new TypeError(`${what}: expected a string, got ${typeof text}`)
  // Before anything that takes time in the length.
  if (text.length > 2 * NAME_CHARACTERS_LIMIT) refuse(what, `longer than ${NAME_CHARACTERS_LIMIT} characters`)
  if (!text.isWellFormed()) refuse(what, 'not well-formed Unicode')
  if (text.normalize('NFC') !== text) refuse(what, 'not in normal form C')
  const characters = [...text]
  if (characters.length === 0) refuse(what, 'empty')
  if (characters.length > NAME_CHARACTERS_LIMIT || utf8(text).length > 4 * NAME_CHARACTERS_LIMIT)
    refuse(what, `longer than ${NAME_CHARACTERS_LIMIT} characters`)
  for (const character of characters)
    if (!punctuation.includes(character) && !isNameCharacter(character))
      refuse(
        what,
        `character U+${(character.codePointAt(0) as number).toString(16).toUpperCase().padStart(4, '0')} is not allowed`,
      )
  if (/^[ \p{M}]| {2}| $/u.test(text)) refuse(what, 'a space or mark in the wrong place')
  if (!/[\p{L}\p{Nd}]/u.test(text)) refuse(what, 'no letter or digit')
  if (new RegExp(`\\p{Mn}{${MARKS_LIMIT + 1}}`, 'u').test(text.normalize('NFD')))
    refuse(what, 'too many marks on one letter')
  // UTS #39 §5.3. Every decimal system of the recommended scripts lies within one row of sixteen code points.
  const digitRows = new Set([...text.matchAll(/\p{Nd}/gu)].map(([d]) => (d.codePointAt(0) as number) >> 4))
  if (digitRows.size > 1) refuse(what, 'digits of different systems')
}

function isOneScript(text: string): boolean {
  // Latin and what all scripts share.
  if (/^[\x20-\x7e]*$/.test(text)) return true
  profilePatterns ??= PROFILES.map(
    (scripts) => new RegExp(`^[${ofScripts([...scripts, 'Common', 'Inherited'])}]*$`, 'u'),
  )
  return profilePatterns.some((pattern) => pattern.test(text))
}

/** Throws IdentityError `identity/name`, unless `text` is an account name already in normal form: for decoders. */
export function checkAccountName(text: string): AccountName {
  check(text, 'account name', ACCOUNT_PUNCTUATION)
  if (!isOneScript(text)) refuse('account name', 'mixes scripts')
  return text as AccountName
}

/** As `checkAccountName`, with more punctuation, and scripts may change from word to word: `Анин iPhone`. */
export function checkDeviceName(text: string): DeviceName {
  check(text, 'device name', DEVICE_PUNCTUATION)
  if (!text.split(' ').every(isOneScript)) refuse('device name', 'mixes scripts within a word')
  return text as DeviceName
}

/** What a person typed, brought to normal form C without outer spaces, then checked. */
export function accountName(typed: string): AccountName {
  return checkAccountName(typed.trim().normalize('NFC'))
}

/** What a person typed, brought to normal form C without outer spaces, then checked. */
export function deviceName(typed: string): DeviceName {
  return checkDeviceName(typed.trim().normalize('NFC'))
}
