import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '@warren/primitives/clock'
import type { Rng } from '@warren/primitives/rng'
import { loadSuite } from '@warren/reencryption'
import {
  approveRecovery,
  type ClientEnvironment,
  completeRecovery,
  type Device,
  deviceLink,
  deviceOf,
  generateKeyMaterial,
  httpTransport,
  invite,
  joinAsSecondaryDevice,
  openSession,
  registerSecondaryDevice,
  requestRecovery,
  type Session,
  setUpAccount,
  wordsOfRecovery,
} from '@warren/vault/client'
import { type AccountId, parseLink } from '@warren/vault/protocol'
import { openEmbeddedVault } from '@warren/vault/server'
import { addTo, countingSuite, type Tally } from './counting-suite.ts'

const INVITATION_MS = 60_000

/** The product's own service on loopback, and devices that run the product's own client. */
export interface LabVault {
  account(name: string): Promise<Session>
  secondDevice(of: Session, name: string): Promise<Session>
  /** (R2, R3) from request to the entry that makes the new device primary; keys are not re-made yet. */
  recover(name: string, users: readonly Session[]): Promise<Session>
  /** What the clients computed while `work` ran. */
  counted<T>(work: () => Promise<T>): Promise<{ result: T; operations: Tally }>
  close(): Promise<void>
}

function memory() {
  const records = new Map<string, Uint8Array>()
  return {
    read: (name: string) => Promise.resolve(records.get(name)),
    write: (name: string, content: Uint8Array) => Promise.resolve(void records.set(name, content)),
    remove: (name: string) => Promise.resolve(void records.delete(name)),
  }
}

export async function openLabVault(rng: Rng, signal: AbortSignal): Promise<LabVault> {
  const directory = await mkdtemp(join(tmpdir(), 'warren-lab-'))
  const server = await openEmbeddedVault(directory, { rng })
  const url = await server.listen({ host: '127.0.0.1', port: 0 })
  let operations: Tally = {}
  const suite = countingSuite(await loadSuite('cai-liu'), (operation) => addTo(operations, operation))
  const transports: { close(): void }[] = []
  let first: Session | undefined

  function newDevice(name: string): { environment: ClientEnvironment; device: Device } {
    const transport = httpTransport(url)
    transports.push(transport)
    const environment = {
      transport,
      state: memory(),
      clock: systemClock,
      rng,
      signal,
      suite: () => Promise.resolve(suite),
    }
    const keys = generateKeyMaterial(suite, rng)
    return { environment, device: deviceOf(keys, name, suite.publicKeyOf(keys.encryptionKey)) }
  }
  const open = (environment: ClientEnvironment, device: Device, account: AccountId, vaultId: string) =>
    openSession(environment, device, account, vaultId)

  return {
    async account(name) {
      const link =
        first === undefined
          ? parseLink(server.setupLink(url) ?? '')
          : await invite(first, url, systemClock.now() + INVITATION_MS)
      const { environment, device } = newDevice(`${name} 1`)
      const { account, vaultId } = await setUpAccount(environment, device, link, name)
      const session = open(environment, device, account, vaultId)
      first ??= session
      return session
    },
    async secondDevice(of, name) {
      const { environment, device } = newDevice(name)
      const link = deviceLink(of, url)
      const joined = joinAsSecondaryDevice(environment, device, link)
      const [{ vaultId }] = await Promise.all([joined, registerSecondaryDevice(of, link)])
      return open(environment, device, of.account, vaultId)
    },
    async recover(name, users) {
      const { environment, device } = newDevice(`${name} new`)
      const { pending, status } = await requestRecovery(environment, device, name)
      const words = wordsOfRecovery(status).join(' ')
      for (const user of users) await approveRecovery(user, pending.id, words)
      const account = await completeRecovery(environment, device, pending, () => undefined)
      return open(environment, device, account, pending.vaultId)
    },
    async counted(work) {
      const before = operations
      const mine: Tally = {}
      operations = mine
      const result = await work()
      operations = before
      return { result, operations: mine }
    },
    async close() {
      for (const transport of transports) transport.close()
      await server.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}
