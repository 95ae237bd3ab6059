import { chmod, mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Secret } from '@warren/primitives/secret'
import { testRng } from '@warren/testkit/rng'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  createPassphraseKeystoreIn,
  openKeystoreDirectory,
  openPassphraseKeystoreIn,
  PASSPHRASE_HEADER_FILE,
  UNPROTECTED_KEY_FILE,
  unsafeUnprotectedKeystore,
} from '../src/file-node.ts'
import { passphraseSecret, UNSAFE_TEST_COST } from '../src/index.ts'
import { keystoreConformance } from './conformance.ts'

const rng = testRng('keystore files')
const cheap = { cost: UNSAFE_TEST_COST, unsafeAcceptLowCost: true }
let base = ''
let next = 0
const fresh = () => join(base, `d${next++}`)

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'warren-keystore-'))
})
afterAll(() => rm(base, { recursive: true }))

keystoreConformance('unprotected', async () =>
  unsafeUnprotectedKeystore(await openKeystoreDirectory(fresh(), rng), rng),
)

describe('keystore directory', () => {
  it('writes whole files for their owner only, and leaves nothing else behind', async () => {
    const path = fresh()
    const directory = await openKeystoreDirectory(path, rng)
    await directory.write('device.encryption', Uint8Array.of(1))
    await directory.write('device.encryption', Uint8Array.of(2, 3))
    expect(await directory.read('device.encryption')).toEqual(Uint8Array.of(2, 3))
    expect((await stat(join(path, 'device.encryption'))).mode & 0o777).toBe(0o600)
    expect((await stat(path)).mode & 0o777).toBe(0o700)
    expect(await readdir(path)).toEqual(['device.encryption'])
    expect(await directory.list()).toEqual(['device.encryption'])
    await directory.remove('device.encryption')
    await directory.remove('device.encryption')
    await expect(directory.read('device.encryption')).rejects.toMatchObject({ code: 'keystore/not-found' })
  })

  it('does not replace on create', async () => {
    const path = fresh()
    const directory = await openKeystoreDirectory(path, rng)
    await directory.create('a', Uint8Array.of(1))
    await expect(directory.create('a', Uint8Array.of(2))).rejects.toMatchObject({ code: 'keystore/exists' })
    expect(await directory.read('a')).toEqual(Uint8Array.of(1))
    expect(await readdir(path)).toEqual(['a'])
  })

  it.each(['../a', 'a/b', '', '.hidden', 'A', 'a\u0000'])('refuses the name %j', async (name) => {
    const directory = await openKeystoreDirectory(fresh(), rng)
    await expect(directory.write(name, Uint8Array.of(1))).rejects.toThrow(RangeError)
    await expect(directory.read(name)).rejects.toThrow(RangeError)
  })

  it('refuses a file that others may read, one that is too large, and a link', async () => {
    const path = fresh()
    const directory = await openKeystoreDirectory(path, rng)
    await directory.write('a', Uint8Array.of(1))
    await chmod(join(path, 'a'), 0o640)
    await expect(directory.read('a')).rejects.toMatchObject({ code: 'keystore/permissions' })
    await writeFile(join(path, 'b'), new Uint8Array(70_000), { mode: 0o600 })
    await expect(directory.read('b')).rejects.toMatchObject({ code: 'keystore/malformed' })
    await symlink(join(path, 'b'), join(path, 'c'))
    await expect(directory.read('c')).rejects.toMatchObject({ code: 'keystore/storage' })
  })

  it('leaves no half file when it cannot publish', async () => {
    const path = fresh()
    const directory = await openKeystoreDirectory(path, rng)
    await mkdir(join(path, 'a'))
    await expect(directory.write('a', Uint8Array.of(1))).rejects.toMatchObject({ code: 'keystore/storage' })
    expect(await readdir(path)).toEqual(['a'])
  })
})

describe('keystores in a directory', () => {
  it('opens a passphrase keystore again', async () => {
    const path = fresh()
    const directory = await openKeystoreDirectory(path, rng)
    const passphrase = passphraseSecret('open again')
    await expect(openPassphraseKeystoreIn(directory, passphrase, rng, cheap)).rejects.toMatchObject({
      code: 'keystore/not-found',
    })
    const keystore = await createPassphraseKeystoreIn(directory, passphrase, rng, cheap)
    await directory.write('device', await keystore.seal('device', new Secret(Uint8Array.of(5))))
    keystore.close()
    const again = await openPassphraseKeystoreIn(
      await openKeystoreDirectory(path, rng),
      passphrase,
      rng,
      cheap,
    )
    expect((await again.unseal('device', await directory.read('device'))).reveal()).toEqual(Uint8Array.of(5))
    await expect(createPassphraseKeystoreIn(directory, passphrase, rng, cheap)).rejects.toMatchObject({
      code: 'keystore/exists',
    })
    await directory.write(PASSPHRASE_HEADER_FILE, Uint8Array.of(1))
    await expect(openPassphraseKeystoreIn(directory, passphrase, rng, cheap)).rejects.toMatchObject({
      code: 'keystore/malformed',
    })
  })

  it('opens an unprotected keystore again, and says that nothing protects it', async () => {
    const directory = await openKeystoreDirectory(fresh(), rng)
    const first = await unsafeUnprotectedKeystore(directory, rng)
    const sealed = await first.seal('device', new Secret(Uint8Array.of(6)))
    first.close()
    const again = await unsafeUnprotectedKeystore(directory, rng)
    expect((await again.unseal('device', sealed)).reveal()).toEqual(Uint8Array.of(6))
    expect(again.describe()).toMatchObject({ kind: 'unprotected', hardware: false })
    expect(again.describe().note).toContain('Nothing protects')
    await directory.write(UNPROTECTED_KEY_FILE, new Uint8Array(31))
    await expect(unsafeUnprotectedKeystore(directory, rng)).rejects.toMatchObject({
      code: 'keystore/malformed',
    })
  })

  it('gives two openers at once the same key', async () => {
    const directory = await openKeystoreDirectory(fresh(), rng)
    const [a, b] = await Promise.all([
      unsafeUnprotectedKeystore(directory, rng),
      unsafeUnprotectedKeystore(directory, rng),
    ])
    const sealed = await a.seal('device', new Secret(Uint8Array.of(8)))
    expect((await b.unseal('device', sealed)).reveal()).toEqual(Uint8Array.of(8))
  })
})
