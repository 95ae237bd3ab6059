import type { DeviceId } from '@warren/identity'
import type { Clock } from '@warren/primitives/clock'
import { base64urlText } from '@warren/primitives/encoding'
import { sha256 } from '@warren/primitives/hash'
import { type AccountId, decodeEdge, nodeIdOf, type SpaceId, VaultError } from '../../protocol/index.ts'
import type { CachedCapsule, Store } from '../store/store.ts'
import { findChain } from './chain-search.ts'
import type { KeyGraph } from './key-graph.ts'
import type { PairingWork } from './work.ts'

/** A capsule that a device may have, and for which key it was made. */
export interface CapsuleRequest {
  capsule: Uint8Array
  recipient: Uint8Array
  account: AccountId
  device: { id: DeviceId; publicKey: Uint8Array }
  epoch?: { space: SpaceId; number: number; as: 'owner' | 'member' }
  /** The space whose removals forget it. */
  space?: SpaceId
}

export interface ServedCapsule {
  capsule: Uint8Array
  /** Public keys, from the capsule's own to the device's. */
  chain: readonly Uint8Array[]
}

interface Dependencies {
  store: Store
  graph: KeyGraph
  work: PairingWork
  clock: Clock
  /** Capsules kept re-encrypted. */
  cacheLimit: number
}

/** Serves capsules: cache, chain search, re-encryption (paper §4.4, §4.5). */
export class Reencryptor {
  readonly #with: Dependencies
  readonly #running = new Map<string, Promise<ServedCapsule>>()
  #sinceTrim = 0
  readonly counts = { served: 0, cached: 0, reencryptions: 0 }

  constructor(dependencies: Dependencies) {
    this.#with = dependencies
  }

  /** Rejects with `vault/no-chain` when no chain of keys leads to the device. */
  async serve(request: CapsuleRequest): Promise<ServedCapsule> {
    this.counts.served++
    const from = nodeIdOf(request.recipient)
    const to = nodeIdOf(request.device.publicKey)
    if (from === to) return { capsule: request.capsule, chain: [request.recipient] }
    const source = base64urlText.encode(sha256(request.capsule))
    const cached = await this.#with.store.view.capsules.get(source, request.device.id)
    if (cached !== undefined && (cached.untilMs ?? Infinity) > this.#with.clock.now()) {
      this.counts.cached++
      return cached
    }
    // Two requests for the same at once do the work once.
    const key = `${source}/${request.device.id}/${request.account}`
    let running = this.#running.get(key)
    if (running === undefined) {
      running = this.#make(request, source).finally(() => this.#running.delete(key))
      this.#running.set(key, running)
    }
    return running
  }

  async #make(request: CapsuleRequest, source: string): Promise<ServedCapsule> {
    const { store, graph, work, clock } = this.#with
    const ids = findChain(graph, {
      from: nodeIdOf(request.recipient),
      to: nodeIdOf(request.device.publicKey),
      account: request.account,
      ...(request.epoch === undefined ? {} : { epoch: request.epoch }),
      nowMs: clock.now(),
    })
    if (ids === undefined)
      throw new VaultError(
        'vault/no-chain',
        'no chain of keys leads to this device: its primary has to add it',
      )
    const keys: Uint8Array[] = []
    const chain = [request.recipient]
    let untilMs: number | undefined
    for (const id of ids) {
      const stored = await store.view.edges.get(id)
      if (stored === undefined) throw new VaultError('vault/busy', 'the keys have just changed: ask again')
      const edge = decodeEdge(stored.encoded).unverified
      keys.push(stored.unlocked ?? edge.reencryptionKey)
      chain.push(edge.to)
      if (edge.purpose.kind === 'share') untilMs = edge.purpose.untilMs
    }
    const capsule = await work.reencrypt(request.capsule, keys)
    this.counts.reencryptions += keys.length
    // The answer does not wait for the cache, and does not fail with it.
    void this.#remember(
      {
        source,
        device: request.device.id,
        account: request.account,
        space: request.space,
        capsule,
        chain,
        untilMs,
      },
      ids,
    ).catch(() => undefined)
    return { capsule, chain }
  }

  async #remember(cached: CachedCapsule, edges: readonly Parameters<Store['view']['edges']['get']>[0][]) {
    const { store, cacheLimit } = this.#with
    const trim = ++this.#sinceTrim > cacheLimit / 16
    if (trim) this.#sinceTrim = 0
    await store.transact(async (tables) => {
      // An edge that was dropped meanwhile has taken its capsules with it: this one would come too late.
      for (const id of edges) if ((await tables.edges.get(id)) === undefined) return
      await tables.capsules.put(cached)
      if (trim) await tables.capsules.trim(cacheLimit)
    })
  }
}
