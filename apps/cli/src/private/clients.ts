import type { IncomingMessage } from 'node:http'
import { fromUtf8, utf8 } from '@warren/primitives/bytes'
import { WarrenError } from '@warren/primitives/errors'
import {
  type PrivateService,
  PrivateServiceError,
  type StateSealer,
  type StateStore,
} from '@warren/private-service'
import { type AccountId, type PrivateReach, VaultError } from '@warren/vault/protocol'
import type { KnownPrivateClient, PrivateClients } from '@warren/vault/server'

interface Known {
  account?: AccountId
  maker?: AccountId
}

interface Document {
  version: 1
  clients: Record<string, Known>
}

/**
 * Whose clients are whose: the private service knows keys, the vault knows accounts, and this what links them. An
 * account is learned from the first request that one of its devices signs over a client's connection.
 */
export class ClientRegister implements PrivateClients {
  readonly #network: Uint8Array
  readonly #store: StateStore
  readonly #sealer: StateSealer
  readonly #known: Map<string, Known>
  readonly #clientOf = new WeakMap<object, string>()
  readonly #failed: (error: unknown) => void
  #service: PrivateService | undefined
  #saving: Promise<void> = Promise.resolve()

  private constructor(
    options: { network: Uint8Array; store: StateStore; sealer: StateSealer; failed(error: unknown): void },
    known: Map<string, Known>,
  ) {
    this.#network = options.network
    this.#store = options.store
    this.#sealer = options.sealer
    this.#failed = options.failed
    this.#known = known
  }

  static async open(options: {
    network: Uint8Array
    store: StateStore
    sealer: StateSealer
    failed(error: unknown): void
  }): Promise<ClientRegister> {
    const sealed = await options.store.load()
    if (sealed === undefined) return new ClientRegister(options, new Map())
    const { version, clients } = JSON.parse(fromUtf8(await options.sealer.open(sealed))) as Document
    if (version !== 1)
      throw new WarrenError('cli/private', 'bad-input', 'a newer program wrote the list of private clients')
    return new ClientRegister(options, new Map(Object.entries(clients)))
  }

  /** Called once, when the service runs. */
  serve(service: PrivateService): void {
    this.#service = service
  }

  /** Requests over this connection come from that client. */
  connected(socket: object, client: string): void {
    this.#clientOf.set(socket, client)
  }

  async make(maker: AccountId, group = this.#groupOf(maker)): Promise<PrivateReach> {
    try {
      return await this.#make({ maker }, group)
    } catch (error) {
      throw asVaultError(error)
    }
  }

  /** Of the first client that the account has used; `undefined` where it came another way. */
  #groupOf(account: AccountId): string | undefined {
    return this.#running()
      .clients()
      .filter(({ id }) => this.#known.get(id)?.account === account)
      .toSorted((a, b) => a.createdMs - b.createdMs)[0]?.group
  }

  /** For the set-up link: a new client takes the place of the one that an earlier start made. */
  async makeFirst(): Promise<PrivateReach> {
    const service = this.#running()
    for (const { id } of service.clients()) await service.remove(id)
    this.#known.clear()
    return this.#make({})
  }

  list(): readonly KnownPrivateClient[] {
    return this.#running()
      .clients()
      .map(({ id, group, createdMs, circuits }) => ({
        id,
        group,
        account: this.#known.get(id)?.account,
        maker: this.#known.get(id)?.maker,
        createdMs,
        connected: circuits > 0,
      }))
  }

  noteAccount({ socket }: IncomingMessage, account: AccountId): void {
    const id = this.#clientOf.get(socket)
    const known = id === undefined ? undefined : this.#known.get(id)
    if (known === undefined || known.account !== undefined) return
    known.account = account
    this.#save().catch(this.#failed)
  }

  async remove(ids: readonly string[]): Promise<void> {
    const service = this.#running()
    for (const { id } of service.clients().filter((client) => ids.includes(client.id))) {
      await service.remove(id)
      this.#known.delete(id)
    }
    await this.#save()
  }

  async #make(known: Known, group?: string): Promise<PrivateReach> {
    const { id, credential } = await this.#running().invite('', group === undefined ? {} : { group })
    this.#known.set(id, known)
    await this.#save()
    return { network: this.#network, credential }
  }

  #running(): PrivateService {
    if (this.#service === undefined)
      throw new WarrenError('cli/private', 'transient', 'the private service is not published yet')
    return this.#service
  }

  #save(): Promise<void> {
    const saved = this.#saving.then(async () => {
      const document: Document = { version: 1, clients: Object.fromEntries(this.#known) }
      await this.#store.save(await this.#sealer.seal(utf8(JSON.stringify(document))))
    })
    this.#saving = saved.catch(() => undefined)
    return saved
  }
}

/** What somebody who asks for a group can do something about. */
function asVaultError(error: unknown): unknown {
  if (!(error instanceof PrivateServiceError)) return error
  if (error.code === 'private-service/group')
    return new VaultError('vault/bad-request', error.message, { cause: error })
  if (error.code === 'private-service/too-many-groups')
    return new VaultError('vault/conflict', error.message, { cause: error })
  return error
}
