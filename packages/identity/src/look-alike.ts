import { CONFUSABLES } from './confusables-data.ts'

// UTS #39 §4. docs/formats/identity.md §5.

let prototypes: Map<string, string> | undefined

function confusables(): Map<string, string> {
  prototypes ??= new Map(
    CONFUSABLES.trim()
      .split(/\s+/)
      .map((entry) => {
        const [source, ...target] = entry.split('.').map((c) => String.fromCodePoint(Number.parseInt(c, 36)))
        return [source as string, target.join('')]
      }),
  )
  return prototypes
}

/**
 * UTS #39 §4 `skeleton`: NFD, every character replaced by what it looks like, NFD again. Two names with the same
 * skeleton look the same as they are written. For comparing only: never show it.
 */
export function skeleton(name: string): string {
  let out = ''
  for (const character of name.normalize('NFD').replaceAll(/\p{Default_Ignorable_Code_Point}/gu, ''))
    out += confusables().get(character) ?? character
  return out.normalize('NFD')
}

/**
 * Every skeleton that a list of taken names must hold for this name: as it is written, in small and in capital
 * letters, and without what people overlook (spaces, dots, hyphens, apostrophes). A new name is refused if any of its
 * skeletons is taken. One skeleton is not enough: Cyrillic `ВОВ` looks like Latin `BOB`, and `вов` like nothing Latin.
 */
export function skeletons(name: string): readonly string[] {
  const bare = name.replaceAll(/[ '’.\-_·]/gu, '')
  const cases = [bare, bare.toLowerCase(), bare.toUpperCase()]
  return [...new Set(cases.map((text) => skeleton(text.normalize('NFC'))))]
}

/** True if a person could take one name for the other, in any case. */
export function looksAlike(a: string, b: string): boolean {
  const taken = new Set(skeletons(a))
  return skeletons(b).some((s) => taken.has(s))
}
