import { ed25519PublicKey } from '@warren/primitives/ed25519'
import { ed25519Expand } from '@warren/primitives/ed25519-expanded'
import { hexText } from '@warren/primitives/encoding'
import type { Rng } from '@warren/primitives/rng'
import { Secret } from '@warren/primitives/secret'
import {
  admit,
  COMMON_GROUP,
  type Credential,
  type ClientId,
  clientDescriptor,
  clientPeriodKeys,
  decodeCredential,
  encodeCredential,
  generateClientKey,
  type IntroductionGroup,
  IntroductionGroups,
  openClientDescriptor,
  RequestLimit,
} from '@warren/private-service/protocol'
import {
  AUTH_CLIENT_MULTIPLE,
  blindingFactor,
  blindKeyPair,
  blindPublicKey,
  decodeDescriptor,
  decodeIntroduce2,
  decodeIntroductionPlaintext,
  encodeDescriptor,
  fakeAuthClient,
  generateIntroductionKeys,
  generateX25519,
  type IntroductionKeys,
  type IntroductionPoint,
  openInnerLayer,
  openIntroduction,
  openMiddleLayer,
  ReplayCache,
  subcredential,
  type TimePeriod,
} from '@warren/tor/onion'
import type { LabNetwork, LabRelay } from './world.ts'

export const APPROACHES = ['one service', 'one per client', 'extension as in the paper', 'extension'] as const
/** §3.1, §3.2, §4 to the letter, and §4 with the introduction points replaced at each removal. */
export type Approach = (typeof APPROACHES)[number]

export const INTRODUCTION_POINTS = 3

/** What a client was given, and keeps when it is removed. */
export interface LabClient {
  name: string
  keys(period: TimePeriod): {
    blindedKey: Uint8Array
    /** Enters the introduction handshake. */
    credential: Uint8Array
    open(text: string): readonly IntroductionPoint[] | undefined
  }
  /** What somebody can do who learned this client's public key, and nothing secret. */
  knowingOnlyTheKey(): LabClient
}

/** One service provider with one of the approaches. */
export interface LabService {
  readonly approach: Approach
  /** Of the approaches, only the extension has groups. */
  invite(name: string, group?: string): LabClient
  remove(client: LabClient): void
  /** Publishes every descriptor now. Delays are the subject of `private-services/links`. */
  publish(): void
  /** Stands at other introduction points, as any service does after a day, or when one of them is attacked. */
  renewPoints(): void
  switchOff(): void
  /** Circuits that the service was made to build to rendezvous points. */
  readonly rendezvousCircuits: number
  /** Introduction circuits that it holds. */
  readonly introductionCircuits: number
}

export function labService(approach: Approach, network: LabNetwork, rng: Rng): LabService {
  switch (approach) {
    case 'one service':
      return singleService(network, rng)
    case 'one per client':
      return separateServices(network, rng)
    case 'extension as in the paper':
      return extension(approach, network, rng, false)
    case 'extension':
      return extension(approach, network, rng, true)
    default:
      return approach satisfies never
  }
}

interface Point {
  relay: LabRelay
  keys: IntroductionKeys
  close(): void
}

function standAt(
  network: LabNetwork,
  rng: Rng,
  onCell: (keys: IntroductionKeys, cell: Uint8Array) => void,
  awayFrom: readonly LabRelay[] = [],
): Point[] {
  return network.someRelays(INTRODUCTION_POINTS, awayFrom).map((relay) => {
    const keys = generateIntroductionKeys(rng)
    const circuit = network.establish(relay, keys.authKey, (cell) => onCell(keys, cell))
    return { relay, keys, close: () => circuit.close() }
  })
}

function forDescriptor(points: readonly Point[]): IntroductionPoint[] {
  return points.map(({ relay, keys }) => ({
    linkSpecifiers: [{ type: 3, data: relay.ed25519Identity }],
    onionKey: relay.onionKey,
    authKey: keys.authKey,
    encKey: keys.encryption.publicKey,
  }))
}

/** A stock version 3 service: C-tor's behaviour, with its replay cache and without any knowledge of clients. */
function stockService(network: LabNetwork, rng: Rng) {
  const seed = rng.bytes(32)
  const identity = ed25519PublicKey(seed)
  const replays = new ReplayCache()
  const service = { rendezvousCircuits: 0, revision: 0, points: [] as Point[] }
  const stop = () => {
    for (const point of service.points) point.close()
    service.points = []
  }
  const keysOf = (period: TimePeriod) => {
    const factor = blindingFactor(identity, period)
    const blinded = blindPublicKey(identity, factor)
    return { factor, blindedKey: blinded, credential: subcredential(identity, blinded) }
  }
  const onCell = (keys: IntroductionKeys, cell: Uint8Array) => {
    const { header, encrypted } = decodeIntroduce2(cell)
    const opened = openIntroduction(keys, [keysOf(network.period).credential], header, encrypted)
    if (opened === undefined) return
    const { rendezvousCookie } = decodeIntroductionPlaintext(opened.plaintext)
    if (replays.admit(rendezvousCookie, network.nowSeconds * 1000)) service.rendezvousCircuits++
  }
  const renew = () => {
    stop()
    service.points = standAt(network, rng, onCell)
  }
  const client = (name: string): LabClient => ({
    name,
    knowingOnlyTheKey: () => client(name),
    keys(period) {
      const { blindedKey, credential } = keysOf(period)
      return {
        blindedKey,
        credential,
        open(text) {
          const { nowSeconds } = network
          const outer = decodeDescriptor(text).verify({ blindedKey, nowSeconds })
          const middle = openMiddleLayer(outer, credential)
          return middle && openInnerLayer(outer, middle, { subcredential: credential, nowSeconds })
        },
      }
    },
  })
  const publish = () => {
    const { factor, blindedKey, credential } = keysOf(network.period)
    const text = encodeDescriptor(
      {
        blinded: blindKeyPair(ed25519Expand(seed), factor),
        subcredential: credential,
        revision: ++service.revision,
        introductionPoints: forDescriptor(service.points),
        authClients: {
          ephemeralKey: generateX25519(rng).publicKey,
          lines: Array.from({ length: AUTH_CLIENT_MULTIPLE }, () => fakeAuthClient(rng)),
        },
        nowSeconds: network.nowSeconds,
      },
      rng,
    )
    for (const directory of network.directoriesOf(blindedKey)) network.upload(directory, text)
  }
  renew()
  return { service, client, publish, renew, stop }
}

/** §3.1: one address for all; who may do what is decided after the connection. */
function singleService(network: LabNetwork, rng: Rng): LabService {
  const stock = stockService(network, rng)
  return {
    approach: 'one service',
    invite: (name) => stock.client(name),
    remove: () => {}, // credentials of the later authorisation end; the address stays known
    publish: stock.publish,
    renewPoints: stock.renew,
    switchOff: stock.stop,
    get rendezvousCircuits() {
      return stock.service.rendezvousCircuits
    },
    get introductionCircuits() {
      return stock.service.points.length
    },
  }
}

/** §3.2: a whole service for each client. */
function separateServices(network: LabNetwork, rng: Rng): LabService {
  const services = new Map<LabClient, ReturnType<typeof stockService>>()
  let gone = 0
  return {
    approach: 'one per client',
    invite(name) {
      const stock = stockService(network, rng)
      const client = stock.client(name)
      services.set(client, stock)
      return client
    },
    remove(client) {
      const stock = services.get(client)
      stock?.stop()
      gone += stock?.service.rendezvousCircuits ?? 0
      services.delete(client)
    },
    publish() {
      for (const stock of services.values()) stock.publish()
    },
    renewPoints() {
      for (const stock of services.values()) stock.renew()
    },
    switchOff() {
      for (const stock of services.values()) stock.stop()
    },
    get rendezvousCircuits() {
      return [...services.values()].reduce((sum, stock) => sum + stock.service.rendezvousCircuits, gone)
    },
    get introductionCircuits() {
      return [...services.values()].reduce((sum, stock) => sum + stock.service.points.length, 0)
    },
  }
}

/** §4, by the product's own code. */
function extension(approach: Approach, network: LabNetwork, rng: Rng, rotatesOnRemoval: boolean): LabService {
  const groups = new IntroductionGroups()
  const limit = new RequestLimit(10)
  const ids = new Map<LabClient, ClientId>()
  const revisions = new Map<string, number>()
  const points = new Map<IntroductionGroup, Point[]>()
  let rendezvousCircuits = 0
  const leave = (group: IntroductionGroup) => {
    for (const point of points.get(group) ?? []) point.close()
    points.delete(group)
  }
  const stand = (group: IntroductionGroup) => {
    const { roster, replays } = group
    const others = [...points.values()].flat().map(({ relay }) => relay)
    const onCell = (keys: IntroductionKeys, cell: Uint8Array) => {
      const verdict = admit(cell, keys, { roster, replays, limit }, network.nowSeconds * 1000)
      if ('admitted' in verdict) rendezvousCircuits++
    }
    points.set(group, standAt(network, rng, onCell, others))
  }
  const renew = (group: IntroductionGroup) => {
    leave(group)
    group.replays.clear()
    stand(group)
  }
  for (const group of groups.all()) stand(group)
  return {
    approach,
    renewPoints() {
      for (const group of groups.all()) renew(group)
    },
    invite(name, groupName = COMMON_GROUP) {
      groups.setPeriods([network.period])
      const group = groups.obtain(groupName)
      const key = generateClientKey(name, network.nowSeconds * 1000, rng)
      const client = extensionClient(name, decodeCredential(encodeCredential(key)), network, rng)
      group.roster.add(key)
      if (!points.has(group)) stand(group)
      ids.set(client, key.id)
      return client
    },
    remove(client) {
      const id = ids.get(client)
      const group = id === undefined ? undefined : groups.of(id)
      if (id === undefined || group === undefined) return
      group.roster.remove(id)
      limit.forget(id)
      ids.delete(client)
      if (groups.dropIfEmpty(group)) leave(group)
      else if (rotatesOnRemoval) renew(group)
    },
    publish() {
      const { period, nowSeconds } = network
      groups.setPeriods([period])
      for (const group of groups.all())
        for (const { id } of group.roster.clients()) {
          const keys = group.roster.keysOf(id, period)
          if (keys === undefined) continue
          const name = hexText.encode(keys.blindedKey)
          const revision = (revisions.get(name) ?? 0) + 1
          revisions.set(name, revision)
          const introductionPoints = forDescriptor(points.get(group) ?? [])
          const text = clientDescriptor(keys, introductionPoints, revision, nowSeconds, rng)
          for (const directory of network.directoriesOf(keys.blindedKey)) network.upload(directory, text)
        }
    },
    switchOff() {
      for (const group of groups.all()) leave(group)
    },
    get rendezvousCircuits() {
      return rendezvousCircuits
    },
    get introductionCircuits() {
      return [...points.values()].flat().length
    },
  }
}

function extensionClient(name: string, credential: Credential, network: LabNetwork, rng: Rng): LabClient {
  return {
    name,
    knowingOnlyTheKey: () =>
      extensionClient(name, { ...credential, cookie: new Secret(rng.bytes(32)) }, network, rng),
    keys(period) {
      const keys = clientPeriodKeys(credential, period)
      return {
        blindedKey: keys.blindedKey,
        credential: keys.introductionCredential,
        open: (text) => openClientDescriptor(text, keys, network.nowSeconds)?.introductionPoints,
      }
    },
  }
}
