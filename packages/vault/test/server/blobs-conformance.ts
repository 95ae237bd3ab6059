import { testRng } from '@warren/testkit/rng'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Blobs, blobIdFrom } from '../../src/server/blobs/blobs.ts'

async function* pieces(bytes: Uint8Array, size: number): AsyncIterable<Uint8Array> {
  for (let i = 0; i < bytes.length; i += size) yield bytes.subarray(i, i + size)
}

async function all(source: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for await (const part of source) parts.push(part)
  return new Uint8Array(Buffer.concat(parts))
}

/** What every blob store must do. `open` gives the same one again after it was closed. */
export function blobsConformance(
  name: string,
  backend: { open(): Promise<Blobs>; remove(): Promise<void> },
): void {
  describe(`blobs: ${name}`, () => {
    const rng = testRng(`blobs ${name}`)
    const id = () => blobIdFrom(rng.bytes(16))
    let blobs: Blobs
    beforeEach(async () => {
      blobs = await backend.open()
    })
    afterEach(async () => {
      await blobs.close()
      await backend.remove()
    })

    it('gives back what it took, whole and in ranges, also when opened again', async () => {
      const bytes = rng.bytes(700_000)
      const blob = id()
      expect(await blobs.put(blob, pieces(bytes, 65_536), 1e6)).toBe(bytes.length)
      await blobs.close()
      blobs = await backend.open()
      expect(await all(blobs.read(blob, 0, bytes.length))).toEqual(Uint8Array.from(bytes))
      expect(await all(blobs.read(blob, 12_345, 300_000))).toEqual(bytes.slice(12_345, 312_345))
      expect(await all(blobs.read(blob, 0, 0))).toHaveLength(0)
    })

    it('takes an empty blob', async () => {
      const blob = id()
      expect(await blobs.put(blob, pieces(new Uint8Array(0), 1), 10)).toBe(0)
      expect(await all(blobs.read(blob, 0, 0))).toHaveLength(0)
    })

    it('leaves nothing of a blob that is too large, or whose source fails', async () => {
      const large = id()
      await expect(blobs.put(large, pieces(rng.bytes(100), 10), 99)).rejects.toMatchObject({
        code: 'vault/too-large',
      })
      const broken = id()
      const failing = async function* () {
        yield rng.bytes(10)
        throw new Error('the sender went away')
      }
      await expect(blobs.put(broken, failing(), 99)).rejects.toThrow('went away')
      for (const blob of [large, broken])
        await expect(all(blobs.read(blob, 0, 1))).rejects.toMatchObject({ code: 'vault/not-found' })
      const listed: string[] = []
      for await (const { id: known } of blobs.list()) listed.push(known)
      expect(listed).toEqual([])
    })

    it('takes many at once', async () => {
      const many = Array.from({ length: 40 }, () => ({ blob: id(), bytes: rng.bytes(1000) }))
      await Promise.all(many.map(({ blob, bytes }) => blobs.put(blob, pieces(bytes, 100), 1000)))
      for (const { blob, bytes } of many) expect(await all(blobs.read(blob, 0, 1000))).toEqual(bytes)
      const listed = new Set<string>()
      for await (const { id: known } of blobs.list()) listed.add(known)
      expect(listed).toEqual(new Set(many.map(({ blob }) => blob)))
    })

    it('deletes, twice if need be, and says so when asked for more than there is', async () => {
      const blob = id()
      await blobs.put(blob, pieces(rng.bytes(100), 100), 100)
      await expect(all(blobs.read(blob, 50, 100))).rejects.toMatchObject({ code: 'vault/not-found' })
      await blobs.delete(blob)
      await blobs.delete(blob)
      await expect(all(blobs.read(blob, 0, 100))).rejects.toMatchObject({ code: 'vault/not-found' })
    })
  })
}
