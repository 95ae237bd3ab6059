import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '@warren/primitives/clock'
import { loadSuite } from '@warren/reencryption'
import { testRng } from '@warren/testkit/rng'
import { type EmbeddedOptions, openEmbeddedVault, type VaultServer } from '../../src/server/index.ts'
import { injectInto, type World } from './household.ts'

export interface EmbeddedWorld extends World {
  server: VaultServer
  directory: string
  /** Stops the server and starts it again on the same directory. */
  restart(): Promise<void>
  remove(): Promise<void>
}

/** A real embedded vault in a temporary directory, in this process. */
export async function embeddedWorld(seed: string, options: EmbeddedOptions = {}): Promise<EmbeddedWorld> {
  const directory = await mkdtemp(join(tmpdir(), 'warren-vault-'))
  const rng = testRng(seed)
  const suite = await loadSuite(options.suiteId ?? 'cai-liu')
  const open = async () => {
    const server = await openEmbeddedVault(directory, { rng, ...options })
    const info = (await server.app.inject({ url: '/v1/vault' })).json<{ id: string }>()
    return { server, vaultId: info.id }
  }
  const world: EmbeddedWorld = {
    ...(await open()),
    deliver: injectInto(() => world.server.app),
    setupLink: () => world.server.setupLink('http://vault.example'),
    directory,
    suite,
    rng,
    clock: options.clock ?? systemClock,
    async restart() {
      await world.server.close()
      Object.assign(world, await open())
    },
    async remove() {
      await world.server.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
  return world
}
