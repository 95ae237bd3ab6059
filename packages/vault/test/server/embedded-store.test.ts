import { mkdtempSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { DeviceId } from '@warren/identity'
import { testRng } from '@warren/testkit/rng'
import { describe, expect, it } from 'vitest'
import { accountIds } from '../../src/protocol/index.ts'
import { openFileBlobs } from '../../src/server/blobs/file-blobs-node.ts'
import { openEmbeddedVault } from '../../src/server/index.ts'
import { openSqliteStore } from '../../src/server/store/sqlite-node.ts'
import { blobsConformance } from './blobs-conformance.ts'
import { embeddedWorld } from './embedded.ts'
import { joinVault } from './household.ts'
import { storeConformance } from './store-conformance.ts'

function folder() {
  let directory: string | undefined
  return {
    path: () => (directory ??= mkdtempSync(join(tmpdir(), 'warren-store-'))),
    remove: async () => {
      if (directory !== undefined) await rm(directory, { recursive: true })
      directory = undefined
    },
  }
}

const forStore = folder()
storeConformance('node:sqlite', {
  open: async () => openSqliteStore(forStore.path()),
  remove: forStore.remove,
})

const forBlobs = folder()
blobsConformance('files', { open: () => openFileBlobs(forBlobs.path()), remove: forBlobs.remove })

describe('the embedded vault’s directory', () => {
  it('is for its owner only, and for one server', async () => {
    const world = await embeddedWorld('directory')
    try {
      await joinVault(world, 'Alice')
      await expect(openEmbeddedVault(world.directory)).rejects.toMatchObject({ code: 'vault/state' })
      const walk = (path: string): string[] =>
        readdirSync(path, { withFileTypes: true }).flatMap((found) => {
          const own = join(path, found.name)
          return found.isDirectory() ? [own, ...walk(own)] : [own]
        })
      for (const path of [world.directory, ...walk(world.directory)]) {
        const found = statSync(path)
        expect([path, found.mode & 0o777]).toEqual([path, found.isDirectory() ? 0o700 : 0o600])
      }
    } finally {
      await world.remove()
    }
  })

  it('prints the same set-up link at each start, until it is used', async () => {
    const world = await embeddedWorld('link')
    try {
      const link = world.server.setupLink('http://vault.example')
      await world.restart()
      expect(world.server.setupLink('http://vault.example')).toBe(link)
      await joinVault(world, 'Alice')
      expect(readdirSync(world.directory)).not.toContain('setup-secret')
      await world.restart()
      expect(world.server.setupLink('http://vault.example')).toBeUndefined()
    } finally {
      await world.remove()
    }
  })

  it.each([
    [1, 'drop table access_requests; drop table nonces'],
    [2, 'drop table nonces'],
  ])('brings a vault with tables of version %i up to date', async (version, statements) => {
    const own = folder()
    try {
      const before = openSqliteStore(own.path())
      await before.transact((tables) => tables.meta.set('kept', 'yes'))
      await before.close()
      const database = new DatabaseSync(join(own.path(), 'vault.sqlite'))
      database.exec(`${statements}; pragma user_version = ${version}`)
      database.close()
      const after = openSqliteStore(own.path())
      expect(await after.view.meta.get('kept')).toBe('yes')
      const owner = accountIds.random(testRng('version 1'))
      expect(await after.view.accessRequests.of(owner)).toEqual([])
      const first = () => after.transact(({ nonces }) => nonces.add('d' as DeviceId, 'n', 9, 1))
      expect([await first(), await first()]).toEqual([true, false])
      await after.close()
      await openSqliteStore(own.path()).close()
    } finally {
      await own.remove()
    }
  })

  it('is refused when a newer program wrote it, is of another suite, or its log is damaged', async () => {
    const world = await embeddedWorld('newer')
    const own = folder()
    try {
      await joinVault(world, 'Alice')
      await world.server.close()
      await expect(openEmbeddedVault(world.directory, { suiteId: 'split' })).rejects.toThrow('suite')
      const database = new DatabaseSync(join(world.directory, 'vault.sqlite'))
      database.exec(
        'update entries set bytes = cast(substr(bytes, 1, 150) || zeroblob(length(bytes) - 150) as blob)',
      )
      await expect(openEmbeddedVault(world.directory)).rejects.toMatchObject({ code: 'vault/state' })
      database.exec('pragma user_version = 99')
      database.close()
      await expect(openEmbeddedVault(world.directory)).rejects.toThrow('newer version')
      writeFileSync(join(own.path(), 'vault.sqlite'), 'not a database, by far'.repeat(100))
      await expect(openEmbeddedVault(own.path())).rejects.toMatchObject({ code: 'vault/state' })
    } finally {
      await own.remove()
      await world.remove()
    }
  })
})
