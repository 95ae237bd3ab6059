import { Secret } from '@warren/primitives/secret'
import { describe, expect, it } from 'vitest'
import { type Keystore, SECRET_LIMIT } from '../src/index.ts'

/** What every backend must do. `make` opens a fresh keystore with a key of its own at every call. */
export function keystoreConformance(name: string, make: () => Promise<Keystore>): void {
  describe(`${name}: keystore conformance`, () => {
    const secret = () => new Secret(Uint8Array.from({ length: 48 }, (_, i) => i))
    const refused = { code: 'keystore/does-not-open', kind: 'integrity' }

    it.each([0, 1, 32, 5000, SECRET_LIMIT])('gives back a secret of %i bytes', async (length) => {
      const keystore = await make()
      const original = new Secret(new Uint8Array(length).fill(7))
      const opened = await keystore.unseal(
        'device/encryption',
        await keystore.seal('device/encryption', original),
      )
      expect(opened.equals(original)).toBe(true)
      keystore.close()
    })

    it('refuses a secret over the limit', async () => {
      const keystore = await make()
      await expect(keystore.seal('a', new Secret(new Uint8Array(SECRET_LIMIT + 1)))).rejects.toThrow(
        RangeError,
      )
    })

    it('seals the same secret differently each time, and shows none of it', async () => {
      const keystore = await make()
      const a = await keystore.seal('label', secret())
      const b = await keystore.seal('label', secret())
      expect(a).not.toEqual(b)
      expect(Buffer.from(a).includes(Buffer.from(secret().reveal().subarray(0, 8)))).toBe(false)
    })

    it('refuses another label', async () => {
      const keystore = await make()
      const sealed = await keystore.seal('device/signing', secret())
      await expect(keystore.unseal('device/signin', sealed)).rejects.toMatchObject(refused)
      await expect(keystore.unseal('device/encryption', sealed)).rejects.toMatchObject(refused)
    })

    it('refuses an empty and an overlong label', async () => {
      const keystore = await make()
      await expect(keystore.seal('', secret())).rejects.toThrow(RangeError)
      await expect(keystore.unseal('x'.repeat(256), new Uint8Array(100))).rejects.toThrow(RangeError)
    })

    it('refuses every truncation and an extension', async () => {
      const keystore = await make()
      const sealed = await keystore.seal('label', secret())
      for (let length = 0; length < sealed.length; length++)
        await expect(keystore.unseal('label', sealed.subarray(0, length))).rejects.toMatchObject(refused)
      await expect(keystore.unseal('label', new Uint8Array([...sealed, 0]))).rejects.toMatchObject(refused)
    })

    it('refuses a change of any byte', async () => {
      const keystore = await make()
      const sealed = await keystore.seal('label', secret())
      for (let i = 0; i < sealed.length; i++) {
        const changed = Uint8Array.from(sealed)
        changed[i] = (changed[i] as number) ^ 1
        await expect(keystore.unseal('label', changed)).rejects.toMatchObject(refused)
      }
    })

    it("refuses another keystore's blob", async () => {
      const keystore = await make()
      const other = await make()
      await expect(keystore.unseal('label', await other.seal('label', secret()))).rejects.toMatchObject(
        refused,
      )
    })

    it('does nothing once closed, and closes twice', async () => {
      const keystore = await make()
      const sealed = await keystore.seal('label', secret())
      keystore.close()
      keystore.close()
      const closed = { code: 'keystore/closed' }
      await expect(keystore.seal('label', secret())).rejects.toMatchObject(closed)
      await expect(keystore.unseal('label', sealed)).rejects.toMatchObject(closed)
    })

    it('says what it is', async () => {
      const { kind, note, hardware } = (await make()).describe()
      expect(kind).toMatch(/^[a-z0-9-]+$/)
      expect(note.length).toBeGreaterThan(40)
      expect(typeof hardware).toBe('boolean')
    })
  })
}
