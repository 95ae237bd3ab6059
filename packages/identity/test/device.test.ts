import { hexText } from '@warren/primitives/encoding'
import { WarrenError } from '@warren/primitives/errors'
import { loadVectors } from '@warren/testkit/vectors-node'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  decodeDeviceIdentity,
  deviceId,
  deviceIdBytes,
  deviceIdentity,
  deviceIdFromBytes,
  encodeDeviceIdentity,
  parseDeviceId,
  safetyWords,
  sameDevice,
} from '../src/index.ts'
import { testDevice } from './people.ts'

describe('device identity', () => {
  it('comes back from its encoding', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.uint8Array({ minLength: 1, maxLength: 1024 }),
        (signingKey, encryptionKey) => {
          const identity = deviceIdentity(signingKey, encryptionKey, 'phone')
          expect(sameDevice(decodeDeviceIdentity(encodeDeviceIdentity(identity)), identity)).toBe(true)
        },
      ),
      { seed: 1, numRuns: 100 },
    )
  })

  it('refuses every truncation, an extension, another version and a bad name', () => {
    const bytes = encodeDeviceIdentity(testDevice('phone').identity)
    for (let length = 0; length < bytes.length; length++)
      expect(() => decodeDeviceIdentity(bytes.subarray(0, length))).toThrow(WarrenError)
    expect(() => decodeDeviceIdentity(new Uint8Array([...bytes, 0]))).toThrow('left over')
    const version = Uint8Array.from(bytes)
    version[0] = 2
    expect(() => decodeDeviceIdentity(version)).toThrow('version')
    const name = Uint8Array.from(bytes)
    name[name.length - 1] = 0x07
    expect(() => decodeDeviceIdentity(name)).toThrow('U+0007')
  })

  it('refuses keys of a wrong size', () => {
    expect(() => deviceIdentity(new Uint8Array(31), new Uint8Array(96), 'a')).toThrow(RangeError)
    expect(() => deviceIdentity(new Uint8Array(32), new Uint8Array(0), 'a')).toThrow(RangeError)
    expect(() => deviceIdentity(new Uint8Array(32), new Uint8Array(1025), 'a')).toThrow(RangeError)
  })

  it('has an id that depends on both keys, on where one ends, and not on the name', () => {
    const { identity } = testDevice('phone')
    const id = deviceId(identity)
    expect(id).toHaveLength(22)
    const renamed = { ...identity, name: testDevice('laptop').identity.name }
    expect(deviceId(renamed)).toBe(id)
    for (const key of ['signingKey', 'encryptionKey'] as const) {
      const changed = Uint8Array.from(identity[key])
      changed[0] = (changed[0] as number) ^ 1
      expect(deviceId({ ...identity, [key]: changed })).not.toBe(id)
    }
    expect(deviceId({ ...identity, encryptionKey: identity.encryptionKey.subarray(1) })).not.toBe(id)
    expect(deviceIdFromBytes(deviceIdBytes(id))).toBe(id)
    expect(parseDeviceId(id)).toBe(id)
    expect(() => parseDeviceId(`${id}A`)).toThrow(WarrenError)
    expect(() => parseDeviceId('')).toThrow(WarrenError)
  })

  it('agrees with the frozen vectors', () => {
    const vector = loadVectors<{
      signingKey: string
      encryptionKey: string
      name: string
      encoded: string
      id: string
      safetyWords: string
    }>(import.meta.url, 'vectors/device.json')
    const identity = deviceIdentity(
      hexText.decode(vector.signingKey),
      hexText.decode(vector.encryptionKey),
      vector.name,
    )
    expect(hexText.encode(encodeDeviceIdentity(identity))).toBe(vector.encoded)
    expect(deviceId(identity)).toBe(vector.id)
    expect(safetyWords(identity).join(' ')).toBe(vector.safetyWords)
  })
})
