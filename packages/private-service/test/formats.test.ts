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
  /** Version 1: no groups. */
  ungroupedState: string
  state: string
}>(import.meta.url, 'vectors/formats.json')

describe('frozen formats (docs/formats/private-service.md)', () => {
  it('credential: read and written as ever', () => {
    expect(hexText.encode(encodeCredential(decodeCredential(hexText.decode(vectors.credential))))).toBe(
      vectors.credential,
    )
  })

  it('derivations: the same on both sides, as ever', () => {
    const state = decodeState(hexText.decode(vectors.ungroupedState))
    const client = clientPeriodKeys(decodeCredential(hexText.decode(vectors.credential)), vectors.period)
    const own = state.groups[0]?.clients[0]
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
    expect(state.groups.map(({ name, clients }) => [name, clients.map(({ label }) => label)])).toEqual([
      ['common', ['Alice']],
      ['choir', ['Bob', 'Carol']],
      ['family-2', ['Dave']],
    ])
    expect(state.groups.map(({ replays }) => replays.length)).toEqual([1, 0, 2])
    expect(hexText.encode(encodeState(state))).toBe(vectors.state)
  })

  it('state of version 1: everybody is in the common group, and nothing is lost', () => {
    const state = decodeState(hexText.decode(vectors.ungroupedState))
    expect(state.groups).toHaveLength(1)
    expect(state.groups[0]).toMatchObject({
      name: 'common',
      clients: [{ label: 'Alice', createdMs: 1_790_000_000_000 }],
      replays: [{ seenMs: 1_790_000_000_001 }],
    })
    expect([state.revisions.length, state.requests.length]).toEqual([1, 1])
    const again = decodeState(encodeState(state))
    expect(encodeState(again)).toEqual(encodeState(state))
    expect(again.groups[0]?.clients[0]?.cookie.reveal()).toEqual(state.groups[0]?.clients[0]?.cookie.reveal())
  })
})
