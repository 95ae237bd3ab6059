import { concatBytes } from '@warren/primitives/bytes'
import { loadSuite, MAX_LEVEL, ReencryptionError, type Suite, type SuiteId } from '@warren/reencryption'
import { testRng } from '@warren/testkit/rng'
import { beforeAll, describe, expect, it } from 'vitest'
import { type Encoding, encodings, expectFlipsRefused, expectRefused, outcome, takers } from './encodings.ts'

/** A secret has no kind; and one function opens a capsule of either form. */
function takesKind(encoding: Encoding, other: Encoding): boolean {
  const [a, b] = [encoding, other].map(({ bytes }) => bytes[1])
  const bothCapsules = [a, b].every((kind) => kind === 4 || kind === 7)
  return a !== b && !bothCapsules && encoding.name !== 'the secret of a lock'
}

describe.each<SuiteId>(['cai-liu', 'split'])('%s refuses, with the one error,', (id) => {
  const rng = testRng(`strict ${id}`)
  let list: Encoding[]
  let suite: Suite
  beforeAll(async () => {
    suite = await loadSuite(id)
    list = encodings(suite, rng)
  })
  it('nothing of what was made', () => {
    for (const encoding of list)
      expect([encoding.name, outcome(() => encoding.accept(encoding.bytes))]).toEqual([
        encoding.name,
        'accepted',
      ])
  })

  it('every encoding with any byte flipped', () => {
    // Every byte of the long ones too: test/faults/reencryption-flips.test.ts.
    for (const encoding of list) expectFlipsRefused(encoding, encoding.bytes.length > 330 ? 13 : 1)
  })

  it('the first bytes of a point or a header with any bit flipped', () => {
    for (const encoding of list)
      for (const at of [0, 1, 2, 3])
        for (let bit = 0; bit < 8; bit++) {
          const changed = Uint8Array.from(encoding.bytes)
          changed[at] = (changed[at] as number) ^ (1 << bit)
          expectRefused(encoding, changed, `bit ${bit} of byte ${at} flipped`)
        }
  })

  it('every truncation and extension', () => {
    for (const encoding of list) {
      for (let length = 0; length < encoding.bytes.length; length++)
        expectRefused(encoding, encoding.bytes.subarray(0, length), `cut to ${length}`)
      for (const extra of [1, 2, 48, 96, 1000])
        expectRefused(encoding, concatBytes(encoding.bytes, new Uint8Array(extra)), `${extra} bytes longer`)
    }
  })

  it('each kind of encoding where another is expected', () => {
    for (const encoding of list)
      for (const other of list)
        if (takesKind(encoding, other)) expectRefused(encoding, other.bytes, `given a ${other.name}`)
  })

  it('what is cut, longer or of another kind, wherever bytes are taken', () => {
    for (const taker of takers(suite, rng)) {
      expect([taker.name, outcome(() => taker.accept(taker.bytes))]).toEqual([taker.name, 'accepted'])
      for (let length = 0; length < taker.bytes.length; length++)
        expectRefused(taker, taker.bytes.subarray(0, length), `cut to ${length}`)
      for (const extra of [1, 48, 1000])
        expectRefused(taker, concatBytes(taker.bytes, new Uint8Array(extra)), `${extra} bytes longer`)
      for (const at of [0, 1])
        for (let bit = 0; bit < 8; bit++) {
          const changed = Uint8Array.from(taker.bytes)
          changed[at] = (changed[at] as number) ^ (1 << bit)
          expectRefused(taker, changed, `bit ${bit} of byte ${at} flipped`)
        }
    }
  })

  it('levels beyond the bound', () => {
    const capsule = list.find(({ name }) => name.startsWith('capsule of level 3')) as Encoding
    for (const level of [0, 1, 2, 4, MAX_LEVEL, MAX_LEVEL + 1, 255]) {
      const changed = Uint8Array.from(capsule.bytes)
      changed[2] = level
      expectRefused(capsule, changed, `level ${level}`)
      expect(outcome(() => suite.levelOf(changed))).toBeInstanceOf(ReencryptionError)
    }
  })

  it('but wrong types as what they are', () => {
    expect(() => suite.levelOf('capsule' as never)).toThrow(TypeError)
    expect(() => suite.publicKeyOf(new Uint8Array(34) as never)).toThrow(TypeError)
  })
})
