import { base64BareText, base64Text } from '@warren/primitives/encoding'
import { DecodeError } from '@warren/primitives/wire'

/** One line of a descriptor with its object, if any (dir-spec §1.2, the meta-format). */
export interface DocumentItem {
  keyword: string
  arguments: readonly string[]
  object?: { label: string; bytes: Uint8Array }
  /** Offset of the line's first character. */
  offset: number
}

const BEGIN = /^-----BEGIN ([A-Z0-9 ]+)-----$/
const LINE_COLUMNS = 64

/** Splits a document into its items; ASCII only, every object closed by its own label. */
export function parseDocument(text: string, what: string): DocumentItem[] {
  const items: DocumentItem[] = []
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  let offset = 0
  let object: { label: string; lines: string[] } | undefined
  for (const line of lines) {
    const begin = BEGIN.exec(line)
    const last = items.at(-1)
    if (object !== undefined) {
      if (line === `-----END ${object.label}-----`) {
        ;(last as DocumentItem).object = {
          label: object.label,
          bytes: decodeBase64(object.lines.join(''), what),
        }
        object = undefined
      } else object.lines.push(line)
    } else if (begin !== null) {
      if (last === undefined || last.object !== undefined)
        throw new DecodeError(`${what}: an object without a line`)
      object = { label: begin[1] as string, lines: [] }
    } else {
      const [keyword = '', ...rest] = line.split(' ')
      if (!/^[A-Za-z0-9-]+$/.test(keyword)) throw new DecodeError(`${what}: a line without a keyword`)
      items.push({ keyword, arguments: rest.filter((argument) => argument !== ''), offset })
    }
    offset += line.length + 1
  }
  if (object !== undefined) throw new DecodeError(`${what}: an object that does not end`)
  return items
}

/** The only item with this keyword. */
export function exactlyOne(items: readonly DocumentItem[], keyword: string, what: string): DocumentItem {
  const found = items.filter((item) => item.keyword === keyword)
  if (found.length !== 1) throw new DecodeError(`${what}: ${keyword} stands ${found.length} times, not once`)
  return found[0] as DocumentItem
}

/** The object of an item, of the given label. */
export function objectOf(item: DocumentItem, label: string, what: string): Uint8Array {
  if (item.object?.label !== label) throw new DecodeError(`${what}: ${item.keyword} lacks its ${label}`)
  return item.object.bytes
}

/** The argument at `index`. */
export function argumentOf(item: DocumentItem, index: number, what: string): string {
  const value = item.arguments[index]
  if (value === undefined) throw new DecodeError(`${what}: ${item.keyword} lacks an argument`)
  return value
}

/** Base64 with or without padding, as C-tor writes both; of `length` bytes where given. */
export function decodeBase64(text: string, what: string, length?: number): Uint8Array {
  const bytes = base64BareText.decode(text.replace(/={1,2}$/, ''))
  if (length !== undefined && bytes.length !== length)
    throw new DecodeError(`${what}: expected ${length} bytes in base64, got ${bytes.length}`)
  return bytes
}

/** A whole number in decimal, without sign or leading zeros. */
export function decodeWhole(text: string, what: string): number {
  const value = Number(text)
  if (!/^(0|[1-9][0-9]*)$/.test(text) || !Number.isSafeInteger(value))
    throw new DecodeError(`${what}: not a whole number`)
  return value
}

/** An object as C-tor writes it, with a newline at its end. */
export function encodeObject(label: string, bytes: Uint8Array): string {
  const body = base64Text.encode(bytes)
  const lines: string[] = []
  for (let i = 0; i < body.length; i += LINE_COLUMNS) lines.push(body.slice(i, i + LINE_COLUMNS))
  return `-----BEGIN ${label}-----\n${lines.map((line) => `${line}\n`).join('')}-----END ${label}-----\n`
}
