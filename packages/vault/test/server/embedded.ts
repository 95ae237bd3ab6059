import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { base64urlText } from '@warren/primitives/encoding'
import { loadSuite } from '@warren/reencryption'
import { testRng } from '@warren/testkit/rng'
import { parseLink } from '../../src/protocol/index.ts'
import { type EmbeddedOptions, openEmbeddedVault, type VaultServer } from '../../src/server/index.ts'
import { commitOf, genesis, makeDevice, send, type TestDevice, type Tip, type World } from './household.ts'

export interface EmbeddedWorld extends World {
  server: VaultServer
  directory: string
  /** Stops the server and starts it again on the same directory. */
  restart(): Promise<void>
  remove(): Promise<void>
}

/** A real embedded vault in a temporary directory, in this process. */
export async function embeddedWorld(seed: string, options: EmbeddedOptions = {}): Promise<EmbeddedWorld> {
  const { systemClock } = await import('@warren/primitives/clock')
  const directory = await mkdtemp(join(tmpdir(), 'warren-vault-'))
  const rng = testRng(seed)
  const suite = await loadSuite(options.suiteId ?? 'cai-liu')
  const open = async () => {
    const server = await openEmbeddedVault(directory, { rng, ...options })
    const info = (await server.app.inject({ url: '/v1/vault' })).json<{ id: string }>()
    return { server, app: server.app, vaultId: info.id }
  }
  const world: EmbeddedWorld = {
    ...(await open()),
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

/** The first account, by the set-up link; later ones by an invitation of `inviter`. */
export async function joinVault(
  world: EmbeddedWorld,
  name: string,
  inviter?: TestDevice,
): Promise<{ device: TestDevice; tip: Tip }> {
  const device = makeDevice(world, `${name} phone`)
  const { append, tip } = await genesis(world, device, name)
  const invitation = inviter === undefined ? setupSecret(world) : await invite(world, inviter)
  const answer = await send(world, device, 'POST', '/v1/commit', commitOf({ appends: [append], invitation }))
  if (answer.status !== 200) throw new Error(`joining: ${answer.status} ${JSON.stringify(answer.body)}`)
  return { device, tip }
}

export function setupSecret(world: EmbeddedWorld): string {
  const link = parseLink(world.server.setupLink('http://vault.example') ?? '')
  return base64urlText.encode(link.secret.reveal())
}

/** The secret of a fresh invitation. */
export async function invite(world: EmbeddedWorld, inviter: TestDevice): Promise<string> {
  const { Secret } = await import('@warren/primitives/secret')
  const { invitationHash } = await import('../../src/protocol/index.ts')
  const secret = new Secret(world.rng.bytes(32))
  const answer = await send(world, inviter, 'POST', '/v1/invitations', {
    hash: base64urlText.encode(invitationHash(secret)),
    expiresMs: Math.floor(world.clock.now()) + 3_600_000,
  })
  if (answer.status !== 201) throw new Error(`inviting: ${answer.status}`)
  return base64urlText.encode(secret.reveal())
}
