import { hexText } from '@warren/primitives/encoding'
import { loadVectors } from '@warren/testkit/vectors-node'
import { describe, expect, it } from 'vitest'
import { decodeCredential, encodeCredential } from '../src/client-key.ts'
import { clientPeriodKeys, servicePeriodKeys } from '../src/period-keys.ts'
import { decodeState, encodeState } from '../src/state.ts'

const vectors = loadVectors<{
  credential: string
  period: { number: number; lengthMinutes: number }
  derived: Record<'blindedKey' | 'subcredential' | 'descriptorCookie' | 'introductionCredential', string>
  state: string
}>(import.meta.url, 'vectors/formats.json')

describe('frozen formats (docs/formats/private-service.md)', () => {
  it('credential: read and written as ever', () => {
    expect(hexText.encode(encodeCredential(decodeCredential(hexText.decode(vectors.credential))))).toBe(
      vectors.credential,
    )
  })

  it('derivations: the same on both sides, as ever', () => {
    const state = decodeState(hexText.decode(vectors.state))
    const client = clientPeriodKeys(decodeCredential(hexText.decode(vectors.credential)), vectors.period)
    const [own] = state.clients
    const service = servicePeriodKeys(own as NonNullable<typeof own>, vectors.period)
    for (const keys of [client, service])
      expect({
        blindedKey: hexText.encode(keys.blindedKey),
        subcredential: hexText.encode(keys.subcredential),
        descriptorCookie: hexText.encode(keys.descriptorCookie),
        introductionCredential: hexText.encode(keys.introductionCredential),
      }).toEqual(vectors.derived)
  })

  it('state: read and written as ever', () => {
    const state = decodeState(hexText.decode(vectors.state))
    expect(state.clients[0]).toMatchObject({ label: 'Alice', createdMs: 1_790_000_000_000 })
    expect(hexText.encode(encodeState(state))).toBe(vectors.state)
  })
})
