import { hexText } from '@warren/primitives/encoding'
import { noblePairing } from '@warren/primitives/pairing-noble'
import { Secret } from '@warren/primitives/secret'
import { loadSuite, type SuiteId, suiteOver } from '@warren/reencryption'
import { loadVectors } from '@warren/testkit/vectors-node'
import { describe, expect, it } from 'vitest'
import { makeVectors, vectorsOpen } from './vectors.ts'

const secretOf = (hex: string) => new Secret(hexText.decode(hex))

describe.each<SuiteId>(['cai-liu', 'split'])('the frozen vectors of %s', (id) => {
  const frozen = loadVectors<Record<string, string>>(import.meta.url, `vectors/${id}.json`)

  it('open', async () => {
    expect(vectorsOpen(await loadSuite(id), frozen, secretOf)).toBe(true)
  })

  it('come out of their seed again', async () => {
    expect(makeVectors(await loadSuite(id))).toEqual(frozen)
  })

  it('come out of the other implementation of the curve', () => {
    const suite = suiteOver(noblePairing(), id)
    expect(makeVectors(suite)).toEqual(frozen)
    expect(vectorsOpen(suite, frozen, secretOf)).toBe(true)
  })
})
