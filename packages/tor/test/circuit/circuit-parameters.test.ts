import { expectExactLength } from '@warren/testkit/decoder'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  decodeCircuitAnswer,
  decodeCircuitRequest,
  encodeCircuitAnswer,
  encodeCircuitRequest,
} from '../../src/circuit/circuit-parameters.ts'
import { encodeExtensions } from '../../src/circuit/extension.ts'
import { TorError } from '../../src/errors.ts'

describe('what a client asks of a relay in a handshake', () => {
  it('is one byte, or three with congestion control (tor 0.4.9 answers both)', () => {
    expect(encodeCircuitRequest({ congestionControl: false })).toEqual(Uint8Array.of(0))
    expect(encodeCircuitRequest({ congestionControl: true })).toEqual(Uint8Array.of(1, 1, 0))
    for (const congestionControl of [false, true])
      expectExactLength(encodeCircuitRequest({ congestionControl }), (bytes) => {
        expect(decodeCircuitRequest(bytes)).toEqual({ congestionControl })
      })
  })
})

describe("a relay's answer", () => {
  it('grants congestion control with the increment of the network, or one beside it', () => {
    expect(encodeCircuitAnswer({ sendmeIncrement: 31 })).toEqual(Uint8Array.of(1, 2, 1, 31))
    for (const sendmeIncrement of [30, 31, 32])
      expect(decodeCircuitAnswer(encodeCircuitAnswer({ sendmeIncrement }), 31)).toEqual({ sendmeIncrement })
    expect(decodeCircuitAnswer(encodeCircuitAnswer({}), 31)).toEqual({})
    expect(decodeCircuitAnswer(encodeCircuitAnswer({}), undefined)).toEqual({})
    expectExactLength(encodeCircuitAnswer({ sendmeIncrement: 31 }), (bytes) => decodeCircuitAnswer(bytes, 31))
  })

  it('is refused where it grants what was not asked for, or not as the network has it', () => {
    const said = (data: readonly number[]) => encodeExtensions([{ type: 2, data: Uint8Array.from(data) }])
    expect(() => decodeCircuitAnswer(said([31]), undefined)).toThrow('unasked')
    for (const data of [[], [0], [29], [33], [255], [31, 0]])
      expect(() => decodeCircuitAnswer(said(data), 31)).toThrow("not the network's")
    expect(() => decodeCircuitAnswer(said([0]), 1)).toThrow("not the network's")
  })

  it('may say what we do not know: that is ignored, and so is what it says again', () => {
    const extensions = [
      { type: 3, data: Uint8Array.of(2, 6) },
      { type: 2, data: Uint8Array.of(31) },
      { type: 2, data: Uint8Array.of(200) },
      { type: 250, data: new Uint8Array(255) },
    ]
    expect(decodeCircuitAnswer(encodeExtensions(extensions), 31)).toEqual({ sendmeIncrement: 31 })
  })

  it('may be any bytes: it is read or refused with an error of this package', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.constantFrom(undefined, 31), (bytes, usual) => {
        try {
          const { sendmeIncrement = 31 } = decodeCircuitAnswer(bytes, usual)
          expect(Math.abs(sendmeIncrement - 31)).toBeLessThan(2)
        } catch (error) {
          expect(error).toBeInstanceOf(TorError)
          expect(error).toMatchObject({ code: 'tor/handshake' })
        }
      }),
    )
  })
})
