import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { hexText } from '@warren/primitives/encoding'
import { fromVectorJson, VECTOR_KINDS } from '../packages/vault/test/vector-kinds.ts'

// Completes the vectors of docs/formats/vault.md: to add one, write its kind, name and value with "encoded": "" into a
// file of packages/vault/test/vectors, and run this. What is frozen is never made anew: the test says when it differs.

interface Vector {
  kind: string
  encoded: string
  value: unknown
}

const folder = new URL('../packages/vault/test/vectors/', import.meta.url)
for (const name of readdirSync(folder)) {
  const file = new URL(name, folder)
  const vectors = JSON.parse(readFileSync(file, 'utf8')) as Vector[]
  const fresh = vectors.filter(({ encoded }) => encoded === '')
  for (const vector of fresh) {
    const kind = VECTOR_KINDS[vector.kind]
    if (kind === undefined) throw new Error(`${name}: there is no kind ${vector.kind}`)
    const made = await kind.encode(fromVectorJson(vector.value) as never)
    vector.encoded = typeof made === 'string' ? made : hexText.encode(made)
  }
  if (fresh.length > 0) writeFileSync(file, `${JSON.stringify(vectors, null, 2)}\n`)
  process.stdout.write(`${name}: ${fresh.length} new, ${vectors.length - fresh.length} frozen\n`)
}
