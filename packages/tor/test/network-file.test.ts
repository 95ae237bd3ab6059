import { describe, expect, it } from 'vitest'
import { parseNetworkFile, unsafePublicNetwork } from '../src/network-file.ts'

const authority = {
  nickname: 'auth0',
  address: '127.10.0.1',
  orPort: 9001,
  dirPort: 9030,
  fingerprint: 'A'.repeat(40),
  v3Identity: 'B'.repeat(40),
}
const file = (fields: object) =>
  JSON.stringify({ schema: 'warren.tor-network/1', authorities: [authority], ...fields })

describe('the description of a network', () => {
  it('names authorities; what it does not know it ignores', () => {
    const { dirPort: _, ...expected } = authority
    expect(parseNetworkFile(file({ socksPort: 9050 }))).toEqual({ authorities: [expected] })
    expect(parseNetworkFile(file({ testing: true, distinctSubnets: false }))).toMatchObject({
      testing: true,
      distinctSubnets: false,
    })
  })

  it.each([
    ['', 'not JSON'],
    ['null', 'schema'],
    ['{}', 'schema'],
    [file({ authorities: [] }), '1 to 64'],
    [file({ authorities: [null] }), 'malformed'],
    [file({ authorities: [{ ...authority, address: 'example.org' }] }), 'address'],
    [file({ authorities: [{ ...authority, address: '1.2.3' }] }), 'address'],
    [file({ authorities: [{ ...authority, orPort: 0 }] }), 'orPort'],
    [file({ authorities: [{ ...authority, fingerprint: 'a'.repeat(40) }] }), 'fingerprint'],
    [file({ authorities: [{ ...authority, v3Identity: 'B' }] }), 'v3Identity'],
    [file({ testing: 'yes' }), 'testing'],
  ])('is refused: %s', (text, why) => {
    expect(() => parseNetworkFile(text)).toThrow(why)
  })

  it('of the public network is complete', () => {
    const { authorities } = unsafePublicNetwork
    expect(authorities).toHaveLength(8)
    expect(parseNetworkFile(file({ authorities })).authorities).toEqual(authorities)
  })
})
