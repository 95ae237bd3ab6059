import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeNetwork, encodeNetwork } from '../src/network-code.ts'
import { unsafePublicNetwork } from '../src/network-file.ts'

const authority = {
  nickname: 'auth0',
  address: '127.10.0.1',
  orPort: 9001,
  fingerprint: 'A'.repeat(40),
  v3Identity: 'B'.repeat(40),
}
const second = { ...authority, nickname: 'auth1', address: '2001:0db8:0000:0000:0000:0000:0000:0001' }

describe('a network in few bytes', () => {
  it.each([
    { authorities: [authority] },
    { authorities: [authority, second], testing: true },
    { authorities: [authority], testing: true, distinctSubnets: true },
    { authorities: [authority], distinctSubnets: false },
  ])('comes back as it went in', (network) => {
    expect(decodeNetwork(encodeNetwork(network))).toEqual(network)
  })

  it('names the public network without repeating it', () => {
    expect(encodeNetwork(unsafePublicNetwork)).toEqual(Uint8Array.of(1, 0))
    expect(decodeNetwork(Uint8Array.of(1, 0))).toBe(unsafePublicNetwork)
  })

  it('keeps its form', () => {
    const bytes = encodeNetwork({ authorities: [authority], testing: true, distinctSubnets: true })
    expect(Buffer.from(bytes).toString('hex')).toBe(
      `0101070561757468 30${'bb'.repeat(20)}${'aa'.repeat(20)}047f0a00012329`.replace(' ', ''),
    )
  })

  it('is refused when it is cut, longer, of another version, or out of range', () => {
    const bytes = encodeNetwork({ authorities: [authority], testing: true })
    const changed = (at: number, value: number) => bytes.with(at, value)
    const bad = [
      ...Array.from(bytes.keys(), (length) => bytes.subarray(0, length)),
      Uint8Array.of(...bytes, 0),
      Uint8Array.of(1, 0, 0),
      changed(0, 2),
      changed(1, 17),
      changed(2, 8),
      changed(2, 4),
      changed(4, 0x20),
      changed(49, 5),
      bytes.with(-1, 0).with(-2, 0),
    ]
    for (const one of bad)
      expect(() => decodeNetwork(one)).toThrow(expect.objectContaining({ code: 'tor/network-file' }))
  })

  it('never throws anything else, and has one form for each network', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 160 }), (bytes) => {
        let network: ReturnType<typeof decodeNetwork>
        try {
          network = decodeNetwork(bytes)
        } catch (error) {
          expect(error).toMatchObject({ code: 'tor/network-file' })
          return
        }
        expect(encodeNetwork(network)).toEqual(bytes)
      }),
      { seed: 3 },
    )
  })
})
