import { virtualClock } from '@warren/testkit/clock'
import { testRng } from '@warren/testkit/rng'
import { describe, expect, it } from 'vitest'
import { createCircuit } from '../../src/circuit/circuit.ts'
import { openLink } from '../../src/link/link.ts'
import { fakeNetwork } from '../fake/network.ts'
import { FakeRelay } from '../fake/relay.ts'

describe('circuit identifiers', () => {
  it('are random, with the initiator’s bit, and none twice at a time', async () => {
    const relay = new FakeRelay({ nickname: 'relay', address: '10.0.0.1', rng: testRng('relay') })
    const { signal } = new AbortController()
    const rng = testRng('identifiers')
    const transport = await fakeNetwork([relay]).connect({ address: '10.0.0.1', port: 9001 }, { signal })
    const link = await openLink(transport, relay.hop, { clock: virtualClock(), rng })
    const seen: number[] = []
    for (let i = 0; i < 200; i++) {
      await createCircuit(link, relay.hop, { rng, signal })
      seen.push(relay.lastCircuitId)
    }
    expect(link.circuits).toBe(200)
    expect(new Set(seen).size).toBe(200)
    expect(seen.every((id) => id >= 2 ** 31)).toBe(true)
    // Of 200 random steps, half lead down: five standard deviations are 35 to either side; false alarm 6e-7.
    const down = seen.filter((id, i) => id < (seen[i - 1] ?? 0)).length
    expect(Math.abs(down - 100)).toBeLessThan(36)
    // Each of the 31 free bits is set in some and clear in others.
    for (let bit = 0; bit < 31; bit++)
      expect(new Set(seen.map((id) => (id >>> bit) & 1)).size, `bit ${bit}`).toBe(2)
    link.close()
  })
})
