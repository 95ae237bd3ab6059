import { utf8 } from '@warren/primitives/bytes'
import { testRng } from '@warren/testkit/rng'
import { describe, expect, it } from 'vitest'
import { allowsPort, decodeMicrodesc, splitMicrodescs } from '../../src/directory/microdesc.ts'
import { fakeMicrodesc } from '../fake/consensus.ts'
import { FakeRelay } from '../fake/relay.ts'

const relay = new FakeRelay({ nickname: 'relay', address: '10.0.0.1', rng: testRng('relay') })

describe('microdescriptors', () => {
  it('are told apart and read', () => {
    const one = fakeMicrodesc(relay, 'family $AA~nick $BB=nick friend\nfamily-ids ed25519:abc\n')
    const parts = splitMicrodescs(utf8(one + fakeMicrodesc(relay)))
    expect(parts).toHaveLength(2)
    const read = decodeMicrodesc(parts[0]?.bytes as Uint8Array)
    expect(read.ntorKey).toEqual(relay.identity.ntorKey)
    expect(read.ed25519Id).toEqual(relay.identity.ed25519Id)
    expect([...read.family]).toEqual(['$AA', '$BB', 'friend', 'ed25519:abc'])
  })

  it('say which ports an exit allows', () => {
    const policy = (line: string) =>
      decodeMicrodesc(utf8(fakeMicrodesc(relay).replace(/p accept.*\n/, line))).exitPorts
    expect([22, 80, 443, 8080].filter((port) => allowsPort(policy('p accept 80,400-500\n'), port))).toEqual([
      80, 443,
    ])
    expect([22, 80, 443].filter((port) => allowsPort(policy('p reject 1-79\n'), port))).toEqual([80, 443])
    expect(allowsPort(policy(''), 80)).toBe(false)
    expect(() => policy('p maybe 80\n')).toThrow('policy')
    expect(() => policy('p accept http\n')).toThrow('policy')
  })

  it('without keys, with short keys or too long are refused', () => {
    const text = fakeMicrodesc(relay)
    expect(() => decodeMicrodesc(utf8(text.replace(/^id.*\n/m, '')))).toThrow('Ed25519')
    expect(() => decodeMicrodesc(utf8(text.replace(/^ntor.*\n/m, '')))).toThrow('ntor-onion-key')
    expect(() => decodeMicrodesc(utf8(text.replace(/^(ntor-onion-key ....)\S+/m, '$1')))).toThrow('32 bytes')
    expect(() => decodeMicrodesc(utf8(text + 'x '.repeat(40_000)))).toThrow('too long')
  })
})
