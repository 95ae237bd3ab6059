import { hexText } from '@warren/primitives/encoding'
import { Secret } from '@warren/primitives/secret'
import { scriptedRng, testRng } from '@warren/testkit/rng'
import { loadVectors } from '@warren/testkit/vectors-node'
import { describe, expect, it } from 'vitest'
import {
  changePassphrase,
  createPassphraseKeystore,
  DEFAULT_COST,
  openPassphraseKeystore,
  PASSPHRASE_HEADER_BYTES,
  passphraseSecret,
  UNSAFE_TEST_COST,
} from '../src/index.ts'
import { checkCost } from '../src/passphrase-cost.ts'
import { keystoreConformance } from './conformance.ts'

const rng = testRng('passphrase keystore')
const passphrase = passphraseSecret('a horse, a staple')
const cheap = { cost: UNSAFE_TEST_COST, unsafeAcceptLowCost: true }

keystoreConformance(
  'passphrase',
  async () => (await createPassphraseKeystore(passphrase, rng, cheap)).keystore,
)

describe('passphrase keystore', () => {
  it('opens again with the passphrase and the header', async () => {
    const { keystore, header } = await createPassphraseKeystore(passphrase, rng, cheap)
    const sealed = await keystore.seal('label', new Secret(Uint8Array.of(1, 2, 3)))
    keystore.close()
    expect(header).toHaveLength(PASSPHRASE_HEADER_BYTES)
    const again = await openPassphraseKeystore(passphrase, header, rng, cheap)
    expect((await again.unseal('label', sealed)).reveal()).toEqual(Uint8Array.of(1, 2, 3))
  })

  it('has one error for a wrong passphrase', async () => {
    const { header } = await createPassphraseKeystore(passphrase, rng, cheap)
    await expect(
      openPassphraseKeystore(passphraseSecret('a horse, a stable'), header, rng, cheap),
    ).rejects.toMatchObject({ code: 'keystore/wrong-passphrase', kind: 'auth-failed' })
  })

  it('takes the same passphrase composed and decomposed, and refuses none at all', async () => {
    const { header } = await createPassphraseKeystore(passphraseSecret('caf\u00e9'), rng, cheap)
    await openPassphraseKeystore(passphraseSecret('cafe\u0301'), header, rng, cheap)
    expect(() => passphraseSecret('')).toThrow(RangeError)
  })

  it('refuses a header with any byte changed, cut or added', async () => {
    const { header } = await createPassphraseKeystore(passphrase, rng, cheap)
    for (let i = 0; i < header.length; i++) {
      const changed = Uint8Array.from(header)
      changed[i] = (changed[i] as number) ^ 1
      await expect(openPassphraseKeystore(passphrase, changed, rng, cheap)).rejects.toMatchObject({
        name: 'KeystoreError',
      })
    }
    for (const wrong of [header.subarray(1), header.subarray(0, -1), new Uint8Array([...header, 0])])
      await expect(openPassphraseKeystore(passphrase, wrong, rng, cheap)).rejects.toMatchObject({
        code: 'keystore/malformed',
      })
  })

  it('spends nothing on a hostile header', async () => {
    const { header } = await createPassphraseKeystore(passphrase, rng, cheap)
    for (const at of [4, 8, 12]) {
      const hostile = Uint8Array.from(header)
      hostile.fill(0xff, at, at + 4)
      await expect(openPassphraseKeystore(passphrase, hostile, rng, cheap)).rejects.toMatchObject({
        code: 'keystore/cost',
      })
    }
  })

  it('refuses a cost that protects nothing, unless told', async () => {
    await expect(createPassphraseKeystore(passphrase, rng, { cost: UNSAFE_TEST_COST })).rejects.toMatchObject(
      {
        code: 'keystore/cost',
      },
    )
    const { header } = await createPassphraseKeystore(passphrase, rng, cheap)
    await expect(openPassphraseKeystore(passphrase, header, rng)).rejects.toMatchObject({
      code: 'keystore/cost',
    })
    expect(() => checkCost(DEFAULT_COST, false)).not.toThrow()
    expect(() => checkCost({ memoryKib: 512 * 1024, passes: 16, lanes: 4 }, false)).toThrow('passphrase cost')
    expect(() => checkCost({ memoryKib: 19 * 1024, passes: 1, lanes: 1.5 }, false)).toThrow('passphrase cost')
    expect(() => checkCost({ memoryKib: 64, passes: 1, lanes: 16 }, true)).toThrow('passphrase cost')
  })

  it('works at the default cost', async () => {
    const { header } = await createPassphraseKeystore(passphrase, rng)
    await openPassphraseKeystore(passphrase, header, rng)
    expect([...header.subarray(4, 16)]).toEqual([0, 1, 0, 0, 0, 0, 0, 3, 0, 0, 0, 4])
  })

  it('changes the passphrase and keeps the blobs', async () => {
    const { keystore, header } = await createPassphraseKeystore(passphrase, rng, cheap)
    const sealed = await keystore.seal('label', new Secret(Uint8Array.of(9)))
    const next = passphraseSecret('another one')
    const changed = await changePassphrase(header, passphrase, next, rng, cheap)
    const again = await openPassphraseKeystore(next, changed, rng, cheap)
    expect((await again.unseal('label', sealed)).reveal()).toEqual(Uint8Array.of(9))
    await expect(openPassphraseKeystore(passphrase, changed, rng, cheap)).rejects.toMatchObject({
      code: 'keystore/wrong-passphrase',
    })
  })

  it('agrees with the frozen vectors', async () => {
    const vector = loadVectors<Record<string, string>>(import.meta.url, 'vectors/keystore.json')
    const bytes = (field: string) => hexText.decode(vector[field] ?? '')
    const scripted = scriptedRng(bytes('key'), bytes('passphraseSalt'), bytes('blobSalt'))
    const { keystore, header } = await createPassphraseKeystore(
      passphraseSecret(vector['passphrase'] ?? ''),
      scripted,
      cheap,
    )
    const sealed = await keystore.seal(vector['label'] ?? '', new Secret(bytes('secret')))
    expect(hexText.encode(header)).toBe(vector['header'])
    expect(hexText.encode(sealed)).toBe(vector['sealed'])
  })
})
