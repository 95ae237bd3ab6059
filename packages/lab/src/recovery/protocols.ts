import { concatBytes, utf8 } from '@warren/primitives/bytes'
import type { Rng } from '@warren/primitives/rng'
import type { Secret } from '@warren/primitives/secret'
import { combineShares, splitSecret } from '@warren/primitives/shamir'
import { type KeyPair, loadSuite, type Suite } from '@warren/reencryption'
import { addTo, countingSuite, type Operation, type Tally } from './counting-suite.ts'
import { KeyGraph } from './key-graph.ts'

/*
 * Protocols 1 and 2 of the paper, step by step. Whoever does something does it with a suite of her own, which counts.
 */

const CONTEXT = utf8('lab/recovery/operations')
/** For comparing rows: the same entries give the same text, in whatever order. */
export function bytesOf(sides: object): string {
  return Object.entries(sides)
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([side, text]) => `${side}: ${String(text)}`)
    .join(', ')
}

interface Stored {
  owner: string
  capsule: Uint8Array
  key: Secret
}

interface Shares {
  /** For each recovery user, the capsule of a key, and under it her shares of all n locks. */
  boxes: Map<string, { capsule: Uint8Array; masked: Uint8Array[] }>
  locks: Uint8Array[]
}

/** Users' devices and the storage service, each with what it holds. */
export class Circle {
  readonly #suite: Suite
  readonly #rng: Rng
  readonly #keys = new Map<string, KeyPair>()
  readonly #edges = new Map<string, Uint8Array>()
  readonly #graph = new KeyGraph()
  readonly #files = new Map<string, Stored>()
  readonly #shares = new Map<string, Shares>()
  #tallies: Record<string, Tally> = {}

  private constructor(suite: Suite, rng: Rng) {
    this.#suite = suite
    this.#rng = rng
  }

  static async make(rng: Rng): Promise<Circle> {
    return new Circle(await loadSuite('cai-liu'), rng)
  }

  #count(actor: string, operation: Operation): void {
    addTo((this.#tallies[actor] ??= {}), operation)
  }
  /** The suite in the hands of an actor: what she calls is hers. */
  #as(actor: string): Suite {
    return countingSuite(this.#suite, (operation) => this.#count(actor, operation))
  }

  /** What each actor did during `work`. */
  during(work: () => void): Record<string, Tally> {
    this.#tallies = {}
    work()
    return this.#tallies
  }
  async duringAsync(work: () => Promise<void>): Promise<Record<string, Tally>> {
    this.#tallies = {}
    await work()
    return this.#tallies
  }
  /** The same, with several actors added up under one name. */
  merged(work: () => void, actors: readonly string[], name: string): Record<string, Tally> {
    return merge(this.during(work), actors, name)
  }
  async mergedAsync(
    work: () => Promise<void>,
    actors: readonly string[],
    name: string,
  ): Promise<Record<string, Tally>> {
    return merge(await this.duringAsync(work), actors, name)
  }

  #key(device: string): KeyPair {
    const key = this.#keys.get(device)
    if (key === undefined) throw new Error(`${device} has no key pair`)
    return key
  }

  /** Process (0): 1. key pair, 3. public key installed. Certification (2.) is no operation of the tables. */
  setUp(device: string): void {
    this.#keys.set(device, this.#as(device).generateKeyPair(this.#rng))
  }

  #rkGen(from: string, to: string): Uint8Array {
    return this.#as(from).reencryptionKey(this.#key(from).secretKey, this.#key(to).publicKey, this.#rng)
  }

  #install(from: string, to: string, rk: Uint8Array): void {
    this.#edges.set(`${from}→${to}`, rk)
    this.#graph.add(from, to)
  }

  /** Process (1). */
  registerSecondary(primary: string, secondary: string): void {
    this.setUp(secondary)
    this.#install(primary, secondary, this.#rkGen(primary, secondary))
  }

  /** Process (3): from whichever device of the owner, to the receiver's primary. */
  grant(from: string, to: string): void {
    this.#install(from, to, this.#rkGen(from, to))
  }

  /** Process (2): on any device, for the owner's primary. */
  upload(by: string, owner: string, name: string): void {
    const { key, capsule } = this.#as(by).encapsulate(this.#key(owner).publicKey, CONTEXT, this.#rng)
    this.#files.set(name, { owner, capsule, key })
  }

  /** Process (4). Throws if what is read is not what was stored. */
  download(device: string, name: string): void {
    const file = this.#files.get(name)
    if (file === undefined) throw new Error(`there is no ${name}`)
    const chain = this.#graph.shortest(file.owner, device)
    if (chain === undefined) throw new Error(`no chain from ${file.owner} to ${device}`)
    const keys = chain.slice(1).map((to, i) => {
      const rk = this.#edges.get(`${chain[i] ?? ''}→${to}`)
      if (rk === undefined) throw new Error('the graph and the keys differ')
      return rk
    })
    const capsule = this.#as('service').reencryptAlong(keys, file.capsule, this.#rng)
    const key = this.#as(device).decapsulate(this.#key(device).secretKey, capsule, CONTEXT)
    if (!key.equals(file.key)) throw new Error(`${device} read something else than was stored`)
  }

  #remakeOutgoing(old: string, fresh: string, except: readonly string[]): void {
    for (const to of this.#graph.outgoing(old))
      if (to !== fresh && !except.includes(to)) this.#install(fresh, to, this.#rkGen(fresh, to))
  }

  /** R1. */
  recoverWithSecondary(old: string, secondary: string): void {
    this.#remakeOutgoing(old, secondary, [])
  }

  /** R2, before. */
  registerRecoveryUser(primary: string, recoveryUser: string): void {
    this.#install(primary, recoveryUser, this.#rkGen(primary, recoveryUser))
  }

  /** R2, after the loss. The key to the recovery user is for recovery and not re-made with the others. */
  recoverWithRecoveryUser(old: string, recoveryUser: string, fresh: string): void {
    this.#install(recoveryUser, fresh, this.#rkGen(recoveryUser, fresh))
    this.#remakeOutgoing(old, fresh, [recoveryUser])
  }

  /** R3, before: n keys, each split into n shares; the i-th shares of all of them encrypted for recovery user i. */
  async registerThreshold(primary: string, users: readonly string[], t: number): Promise<void> {
    const locks: Uint8Array[] = []
    const sharesOf = users.map((): Uint8Array[] => [])
    for (const user of users) {
      const { locked, secret } = this.#suite.lockReencryptionKey(this.#rkGen(primary, user), this.#rng)
      locks.push(locked)
      const shares = await splitSecret(secret, users.length, t)
      this.#count(primary, 'Split')
      for (const [i, share] of shares.entries()) sharesOf[i]?.push(share)
    }
    const boxes: Shares['boxes'] = new Map()
    for (const [i, user] of users.entries()) {
      const { key, capsule } = this.#as(primary).encapsulate(this.#key(user).publicKey, CONTEXT, this.#rng)
      boxes.set(user, { capsule, masked: (sharesOf[i] ?? []).map((share) => mask(share, key)) })
    }
    this.#shares.set(primary, { boxes, locks })
  }

  /** R3, after the loss: the given users hand back their shares of all keys, the service rebuilds the first's. */
  async recoverWithThreshold(old: string, users: readonly string[], fresh: string): Promise<void> {
    const stored = this.#shares.get(old)
    const [first] = users
    if (stored === undefined || first === undefined) throw new Error(`${old} has no recovery users`)
    const position = [...stored.boxes.keys()].indexOf(first)
    const returned: Uint8Array[] = []
    for (const user of users) {
      const box = stored.boxes.get(user)
      const masked = box?.masked[position]
      if (box === undefined || masked === undefined) throw new Error(`${user} has no share`)
      const key = this.#as(user).decapsulate(this.#key(user).secretKey, box.capsule, CONTEXT)
      returned.push(mask(masked, key))
    }
    const secret = await combineShares(returned)
    this.#count('service', 'Reconstruct')
    const rk = this.#suite.unlockReencryptionKey(stored.locks[position] as Uint8Array, secret)
    this.#install(old, first, rk)
    this.#install(first, fresh, this.#rkGen(first, fresh))
    this.#remakeOutgoing(old, fresh, [first])
  }
}

function merge(
  tallies: Record<string, Tally>,
  actors: readonly string[],
  name: string,
): Record<string, Tally> {
  const sum: Tally = {}
  const rest: Record<string, Tally> = {}
  for (const [actor, tally] of Object.entries(tallies))
    if (!actors.includes(actor)) rest[actor] = tally
    else
      for (const [operation, count] of Object.entries(tally) as [Operation, number][])
        sum[operation] = (sum[operation] ?? 0) + count
  return { ...rest, [name]: sum }
}

/** A share is one byte longer than a key: enough for a model, in which each key masks shares that are seen once. */
function mask(share: Uint8Array, key: Secret): Uint8Array {
  const pad = concatBytes(key.reveal(), key.reveal())
  return share.map((byte, i) => byte ^ (pad[i] as number))
}
