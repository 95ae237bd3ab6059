import { concatBytes, utf8 } from '@warren/primitives/bytes'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Socks5Handshake, type SocksStep } from '../../src/socks/socks5.ts'

const PLAIN = Uint8Array.of(5, 1, 0)
const port80 = Uint8Array.of(0, 80)
const name = (host: string) => concatBytes(Uint8Array.of(5, 1, 0, 3, host.length), utf8(host), port80)

/** Everything that came of the pieces. */
function run(...pieces: Uint8Array[]): SocksStep & { reply: Uint8Array } {
  const state = new Socks5Handshake()
  const replies: Uint8Array[] = []
  let last: SocksStep = {}
  for (const [i, piece] of pieces.entries()) {
    last = state.push(piece)
    if (last.rest !== undefined) last.rest = concatBytes(last.rest, ...pieces.slice(i + 1))
    if (last.reply !== undefined) replies.push(last.reply)
    if (last.request !== undefined || last.isRefused === true) break
  }
  return { ...last, reply: concatBytes(...replies) }
}

describe('a SOCKS 5 handshake', () => {
  it('asks for names and addresses', () => {
    const request = (bytes: Uint8Array) => run(PLAIN, bytes).request
    expect(request(name('example.org'))).toEqual({ host: 'example.org', port: 80, isolation: '' })
    const ipv4 = concatBytes(Uint8Array.of(5, 1, 0, 1, 127, 0, 0, 1), port80)
    expect(request(ipv4)?.host).toBe('127.0.0.1')
    const ipv6 = concatBytes(Uint8Array.of(5, 1, 0, 4, 0x20, 1, 0xd, 0xb8, ...new Uint8Array(11), 1), port80)
    expect(request(ipv6)?.host).toBe('2001:0db8:0000:0000:0000:0000:0000:0001')
  })

  it('comes out alike however it is cut, with what follows it', () => {
    const whole = concatBytes(PLAIN, name('example.org'), utf8('GET /'))
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 20 }), (sizes) => {
        const pieces: Uint8Array[] = []
        let at = 0
        for (const size of sizes) {
          pieces.push(whole.subarray(at, at + size))
          at += size
        }
        const { request, rest, reply } = run(...pieces, whole.subarray(at))
        expect(request?.host).toBe('example.org')
        expect(reply).toEqual(Uint8Array.of(5, 0))
        expect(rest).toEqual(utf8('GET /'))
      }),
    )
  })

  it('takes any name and password, and tells them apart', () => {
    const login = (user: string, password: string) =>
      concatBytes(Uint8Array.of(1, user.length), utf8(user), Uint8Array.of(password.length), utf8(password))
    const isolation = (user: string, password: string) => {
      const { request, reply } = run(Uint8Array.of(5, 2, 0, 2), login(user, password), name('example.org'))
      expect(reply).toEqual(Uint8Array.of(5, 2, 1, 0))
      return request?.isolation
    }
    expect(isolation('a', 'bc')).not.toBe(isolation('ab', 'c'))
    expect(isolation('a', 'b')).toBe(isolation('a', 'b'))
  })

  it('refuses what is not SOCKS 5, and what is not offered', () => {
    expect(run(utf8('GET / HTTP/1.1\r\n')).isRefused).toBe(true)
    expect(run(Uint8Array.of(4, 1, 0, 80)).isRefused).toBe(true)
    expect(run(Uint8Array.of(5, 1, 1))).toMatchObject({ isRefused: true, reply: Uint8Array.of(5, 0xff) })
    const bind = concatBytes(Uint8Array.of(5, 2, 0, 1, 1, 2, 3, 4), port80)
    expect(run(PLAIN, bind)).toMatchObject({ isRefused: true })
    expect(run(PLAIN, bind).reply[3]).toBe(7)
    const strange = concatBytes(Uint8Array.of(5, 1, 0, 9, 1, 2, 3, 4), port80)
    expect(run(PLAIN, strange).reply[3]).toBe(8)
    const portZero = concatBytes(Uint8Array.of(5, 1, 0, 1, 1, 2, 3, 4), Uint8Array.of(0, 0))
    expect(run(PLAIN, portZero).reply[3]).toBe(8)
  })

  it('holds a bounded number of bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 400 }), { maxLength: 30 }), (pieces) => {
        expect(() => run(...pieces)).not.toThrow()
      }),
    )
  })
})
