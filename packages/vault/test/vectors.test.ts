import { readdirSync } from 'node:fs'
import { hexText } from '@warren/primitives/encoding'
import { loadVectors } from '@warren/testkit/vectors-node'
import { describe, expect, it } from 'vitest'
import { fromVectorJson, toVectorJson, VECTOR_KINDS } from './vector-kinds.ts'

interface Vector {
  kind: string
  name: string
  value: unknown
  /** Hexadecimal, or the text itself for what is a text. */
  encoded: string
}

const files = readdirSync(new URL('vectors/', import.meta.url))
const vectors = files.flatMap((file) => loadVectors<Vector[]>(import.meta.url, `vectors/${file}`))

describe('frozen vectors (docs/formats/vault.md)', () => {
  it('cover every structure', () => {
    expect([...new Set(vectors.map((vector) => vector.kind))].toSorted()).toEqual(
      Object.keys(VECTOR_KINDS).toSorted(),
    )
  })

  it.each(vectors)('$kind: $name', async ({ kind, value, encoded }) => {
    const codec = VECTOR_KINDS[kind]
    if (codec === undefined) throw new Error(`no kind ${kind}`)
    const parsed = fromVectorJson(value) as never
    const made = await codec.encode(parsed)
    expect(typeof made === 'string' ? made : hexText.encode(made)).toBe(encoded)
    if (codec.decodeText !== undefined) expect(toVectorJson(codec.decodeText(encoded))).toEqual(value)
    if (codec.decode !== undefined)
      expect(toVectorJson(codec.decode(hexText.decode(encoded), parsed))).toEqual(value)
  })
})
