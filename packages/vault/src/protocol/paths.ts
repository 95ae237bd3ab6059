import { utf8 } from '@warren/primitives/bytes'
import { VaultError } from './errors.ts'

const MAX_NAME_BYTES = 255
const MAX_PATH_BYTES = 4096
const MAX_DEPTH = 64

/** A path inside a space: names joined by `/`, no leading slash; the empty string is the space itself. */
export type SpacePath = string & { readonly spacePath: true }

// Controls, format characters (among them the bidirectional overrides), lone surrogates, private use, unassigned,
// line and paragraph separators. The zero-width joiner is a format character: it goes too.
const FORBIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/u
// Look-alikes of the separator, and of the two names that lead out of a folder.
const SLASHES = /[\\\u2044\u2215\u29F8\uFF0F\uFF3C\u2571\u29F5]/u
const DOTS = /^[.\u2024\u3002\uFF0E\uFF61\u00B7]{1,2}$/u
const SPACE_EDGE = /^\s|\s$/u

const SHOWN_CHARACTERS = 60

/** What cannot be seen is shown as its code point, and no more than a line of it. */
function shown(text: string): string {
  const characters = [...text].slice(0, SHOWN_CHARACTERS + 1)
  const visible = characters
    .slice(0, SHOWN_CHARACTERS)
    .map((c) => (FORBIDDEN.test(c) ? `\\u{${(c.codePointAt(0) as number).toString(16)}}` : c))
  return `"${visible.join('')}${characters.length > SHOWN_CHARACTERS ? '…' : ''}"`
}

function refuse(text: string, why: string): never {
  throw new VaultError('vault/name', `name ${shown(text)}: ${why}`)
}

/** In bytes of UTF-8. A unit of UTF-16 is three of them at most, so that most texts need not be encoded. */
function isLonger(text: string, bytes: number): boolean {
  return 3 * text.length > bytes && utf8(text).length > bytes
}

/** Checks one name of a file or folder, and returns it in normal form C. Throws VaultError `vault/name`. */
export function checkName(name: string): string {
  const normal = name.normalize('NFC')
  if (normal === '') refuse(name, 'is empty')
  if (FORBIDDEN.test(normal)) refuse(name, 'has a control or invisible character')
  if (normal.includes('/')) refuse(name, 'has a slash')
  if (SLASHES.test(normal)) refuse(name, 'has a character that looks like a slash')
  if (DOTS.test(normal)) refuse(name, 'is made of dots only')
  if (SPACE_EDGE.test(normal)) refuse(name, 'begins or ends with white space')
  if (isLonger(normal, MAX_NAME_BYTES)) refuse(name, `is longer than ${MAX_NAME_BYTES} bytes`)
  return normal
}

/** Checks a whole path; slashes at its ends are dropped. Throws VaultError `vault/name`. */
export function parseSpacePath(text: string): SpacePath {
  const trimmed = text.replace(/^\/+|\/+$/g, '')
  if (trimmed === '') return '' as SpacePath
  const names = trimmed.split('/').map((name) => {
    if (name === '..' || name === '.') refuse(text, 'the path leaves its place')
    return checkName(name)
  })
  if (names.length > MAX_DEPTH) refuse(text, `the path is deeper than ${MAX_DEPTH} folders`)
  const path = names.join('/')
  if (isLonger(path, MAX_PATH_BYTES)) refuse(text, `the path is longer than ${MAX_PATH_BYTES} bytes`)
  return path as SpacePath
}

export function parentOf(path: SpacePath): SpacePath {
  const at = path.lastIndexOf('/')
  return (at < 0 ? '' : path.slice(0, at)) as SpacePath
}

export function nameOf(path: SpacePath): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

/** `name` is checked. */
export function joinPath(parent: SpacePath, name: string): SpacePath {
  const checked = checkName(name)
  return (parent === '' ? checked : `${parent}/${checked}`) as SpacePath
}

export function isInside(path: SpacePath, folder: SpacePath): boolean {
  return folder === '' || path.startsWith(`${folder}/`)
}
