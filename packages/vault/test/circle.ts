import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Clock, systemClock } from '@warren/primitives/clock'
import { systemRng } from '@warren/primitives/rng'
import { loadSuite } from '@warren/reencryption'
import {
  type ClientEnvironment,
  type Device,
  deviceLink,
  deviceOf,
  generateKeyMaterial,
  httpTransport,
  invite,
  joinAsSecondaryDevice,
  type LocalState,
  openSession,
  registerSecondaryDevice,
  type Session,
  type Source,
  setUpAccount,
  type Transport,
} from '../src/client/index.ts'
import { type AccountId, parseLink, parseSpacePath } from '../src/protocol/index.ts'
import { openEmbeddedVault, type VaultServer } from '../src/server/index.ts'

/** What a device remembers, in memory. */
export function memoryState(): LocalState & { records: Map<string, Uint8Array> } {
  const records = new Map<string, Uint8Array>()
  return {
    records,
    read: (name) => Promise.resolve(records.get(name)),
    write: (name, content) => Promise.resolve(void records.set(name, Uint8Array.from(content))),
    remove: (name) => Promise.resolve(void records.delete(name)),
  }
}

/** A vault on loopback with people in it, each with a device that really talks to it. */
export interface Circle {
  url: string
  server: VaultServer
  /** A new account with one device. The first becomes the first account of the vault. */
  person(name: string): Promise<Session>
  /** A second device of the same account. */
  secondDevice(of: Session, name: string): Promise<Session>
  newDevice(name: string): Promise<{ environment: ClientEnvironment; device: Device }>
  /** The same device and memory, in a new run of the program. */
  again(session: Session): Session
  close(): Promise<void>
}

/** `clock` is that of the vault and of every device. */
export async function openCircle(
  wrap: (transport: Transport) => Transport = (t) => t,
  clock: Clock = systemClock,
): Promise<Circle> {
  const directory = await mkdtemp(join(tmpdir(), 'warren-vault-'))
  const server = await openEmbeddedVault(directory, { clock })
  const url = await server.listen({ host: '127.0.0.1', port: 0 })
  const suite = await loadSuite('cai-liu')
  const transports: Transport[] = []
  const environments = new Map<
    Session['device'],
    { environment: ClientEnvironment; vaultId: string; account: AccountId }
  >()
  let first: Session | undefined

  const newDevice = (name: string) => {
    const transport = wrap(httpTransport(url))
    transports.push(transport)
    const environment: ClientEnvironment = {
      transport,
      state: memoryState(),
      clock,
      rng: systemRng,
      suite: () => Promise.resolve(suite),
    }
    const keys = generateKeyMaterial(suite, systemRng)
    const device = deviceOf(keys, name, suite.publicKeyOf(keys.encryptionKey))
    return Promise.resolve({ environment, device })
  }
  const session = (environment: ClientEnvironment, device: Device, account: AccountId, vaultId: string) => {
    environments.set(device, { environment, vaultId, account })
    return openSession(environment, device, account, vaultId)
  }
  return {
    url,
    server,
    newDevice,
    async person(name) {
      const { environment, device } = await newDevice(`${name} phone`)
      const link =
        first === undefined
          ? parseLink(server.setupLink(url) ?? '')
          : await invite(first, url, Date.now() + 60_000)
      const { account, vaultId } = await setUpAccount(environment, device, link, name)
      const opened = session(environment, device, account, vaultId)
      first ??= opened
      return opened
    },
    async secondDevice(of, name) {
      const { environment, device } = await newDevice(name)
      const link = deviceLink(of, url)
      const [{ vaultId }] = await Promise.all([
        joinAsSecondaryDevice(environment, device, link),
        registerSecondaryDevice(of, link),
      ])
      return session(environment, device, of.account, vaultId)
    },
    again(old) {
      const known = environments.get(old.device)
      if (known === undefined) throw new Error('not a session of this circle')
      return openSession(known.environment, old.device, known.account, known.vaultId)
    },
    async close() {
      for (const transport of transports) transport.close()
      await server.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

/** A file to put, from memory. */
export function source(path: string, content: Uint8Array, modifiedMs = 1_700_000_000_000): Source {
  return {
    path: parseSpacePath(path),
    bytes: content.length,
    modifiedMs,
    executable: false,
    open() {
      let at = 0
      return Promise.resolve({
        read(into) {
          const part = content.subarray(at, at + into.length)
          into.set(part)
          at += part.length
          return Promise.resolve(part.length)
        },
        unchanged: () => Promise.resolve(true),
        close: () => Promise.resolve(),
      })
    },
  }
}
