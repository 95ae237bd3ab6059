import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeCerts, encodeCerts } from '../../src/link/certs.ts'

describe('CERTS', () => {
  it('survives encoding', () => {
    const certificates = fc.uniqueArray(fc.tuple(fc.nat(255), fc.uint8Array({ maxLength: 300 })), {
      selector: ([type]) => type,
      maxLength: 8,
    })
    fc.assert(
      fc.property(certificates, (entries) => {
        const map = new Map(entries)
        expect(decodeCerts(encodeCerts(map))).toEqual(map)
      }),
    )
  })

  it('refuses a type that comes twice and a body cut short', () => {
    const one = encodeCerts(new Map([[4, Uint8Array.of(1, 2, 3)]]))
    expect(() => decodeCerts(Uint8Array.of(2, ...one.subarray(1), ...one.subarray(1)))).toThrow(
      'type 4 twice',
    )
    for (let length = 0; length < one.length; length++)
      expect(() => decodeCerts(one.subarray(0, length))).toThrow('CERTS')
  })
})
