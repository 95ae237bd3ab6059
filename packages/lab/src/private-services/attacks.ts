import { hexText } from '@warren/primitives/encoding'
import type { Rng } from '@warren/primitives/rng'
import {
  decodeDescriptor,
  encodeGarbageIntroduce1,
  type IntroductionPoint,
  openMiddleLayer,
  subcredential,
} from '@warren/tor/onion'
import { attempt, introduction, lookUp, probe, relayOf } from './actors.ts'
import { type Approach, type LabClient, type LabService, labService } from './approaches.ts'
import { LabNetwork } from './world.ts'

/** Where an attack takes place: a service with two clients, and Dave, who was a client until just now. */
interface Scene {
  network: LabNetwork
  service: LabService
  alice: LabClient
  bob: LabClient
  dave: LabClient
  /** The introduction points of Dave's last descriptor, and what Alice reads now. */
  remembered: readonly IntroductionPoint[]
  rng: Rng
}

export interface AttackOutcome {
  succeeds: boolean
  measured: string
}

/** One attack of §3 or §5: the same code against every approach. */
export interface Attack {
  id: string
  name: string
  aim: 'unauthorised access' | 'service activity' | 'usage profile' | 'links between pseudonyms'
  source: string
  run(approach: Approach, relays: number, rng: Rng): AttackOutcome
}

const REQUESTS = 25
const HOURS = 3600
/** Of the relays, the part that Dave runs; and how often he sees introduction points change. */
const DAVES_PART = 0.2
const RENEWALS = 20

function scene(approach: Approach, relays: number, rng: Rng): Scene {
  const network = new LabNetwork(relays, rng)
  const service = labService(approach, network, rng)
  const [alice, bob, dave] = ['Alice', 'Bob', 'Dave'].map((name) => service.invite(name)) as [
    LabClient,
    LabClient,
    LabClient,
  ]
  service.publish()
  const remembered = lookUp(network, dave) ?? []
  service.remove(dave)
  service.publish()
  return { network, service, alice, bob, dave, remembered, rng }
}

/** Whether Dave can tell a service that runs from one that does not: `look` sees both, a day after his removal. */
function tellsOnFromOff(
  approach: Approach,
  relays: number,
  rng: Rng,
  look: (scene: Scene) => boolean,
): AttackOutcome {
  const seen = [true, false].map((isOn) => {
    const at = scene(approach, relays, rng)
    if (!isOn) at.service.switchOff()
    at.network.nowSeconds += 24 * HOURS
    at.network.uploads.length = 0
    if (isOn) at.service.publish()
    return look(at)
  }) as [boolean, boolean]
  return {
    succeeds: seen[0] && !seen[1],
    measured: `seen while on: ${seen[0] ? 'yes' : 'no'}; while off: ${seen[1] ? 'yes' : 'no'}`,
  }
}

/** What a relay that Dave runs recognises among the keys that it sees. */
function keysThatDaveKnows({ network, dave, remembered }: Scene): Set<string> {
  const points = lookUp(network, dave) ?? remembered
  return new Set(points.map((point) => hexText.encode(point.authKey)))
}

/** Honest clients use the service `times` times each. */
function useService({ network, alice, bob, rng }: Scene, times: number): void {
  for (let i = 0; i < times; i++)
    for (const client of [alice, bob]) {
      const point = lookUp(network, client)?.[i % 3]
      if (point !== undefined) attempt(network, client, point, rng)
    }
}

/** Sends requests; how many circuits they made the service build. Succeeds with more than `allowed`. */
function circuitsFor({ service }: Scene, send: (i: number) => void, allowed = 0): AttackOutcome {
  for (let i = 0; i < REQUESTS; i++) send(i)
  const built = service.rendezvousCircuits
  return { succeeds: built > allowed, measured: `${built} circuits built for ${REQUESTS} requests` }
}

export const ATTACKS: readonly Attack[] = [
  {
    id: 'former-client-access',
    name: 'a former client sends introductions',
    aim: 'unauthorised access',
    source: '§3.1, §5',
    run(approach, relays, rng) {
      const at = scene(approach, relays, rng)
      const points = lookUp(at.network, at.dave) ?? at.remembered
      return circuitsFor(at, (i) =>
        attempt(at.network, at.dave, points[i % points.length] as IntroductionPoint, rng),
      )
    },
  },
  {
    id: 'directory-access',
    name: 'all directories, with a former client, read descriptors and send introductions',
    aim: 'unauthorised access',
    source: '§3 footnote 1, §4.4, §5',
    run(approach, relays, rng) {
      const at = scene(approach, relays, rng)
      const held = at.network.relays.flatMap((relay) => at.network.holdings(relay))
      const daves = at.dave.keys(at.network.period)
      const readable = held.filter((text) => opensFor(daves, text)).flatMap((text) => daves.open(text) ?? [])
      for (const point of readable) attempt(at.network, at.dave, point, rng)
      const built = at.service.rendezvousCircuits
      return { succeeds: built > 0, measured: `${built} circuits built from ${held.length} descriptors` }
    },
  },
  {
    id: 'directory-alone',
    name: 'all directories, without any client, read descriptors and send introductions',
    aim: 'unauthorised access',
    source: '§1 footnote 1, §5',
    run(approach, relays, rng) {
      const at = scene(approach, relays, rng)
      const { nowSeconds } = at.network
      const held = at.network.relays.flatMap((relay) => at.network.holdings(relay))
      const read = held.filter((text) => {
        const outer = decodeDescriptor(text).verify({ nowSeconds })
        // All that a directory knows of the identity is the blinded key.
        return openMiddleLayer(outer, subcredential(outer.blindedKey, outer.blindedKey)) !== undefined
      })
      return { succeeds: read.length > 0, measured: `${read.length} of ${held.length} descriptors read` }
    },
  },
  {
    id: 'introduction-point-garbage',
    name: 'an introduction point invents requests',
    aim: 'unauthorised access',
    source: '§5',
    run(approach, relays, rng) {
      const at = scene(approach, relays, rng)
      const points = lookUp(at.network, at.alice) ?? []
      return circuitsFor(at, (i) => {
        const point = points[i % points.length] as IntroductionPoint
        at.network.introduce(relayOf(at.network, point), encodeGarbageIntroduce1(point.authKey, rng))
      })
    },
  },
  {
    id: 'introduction-point-replay',
    name: 'an introduction point repeats a valid request',
    aim: 'unauthorised access',
    source: '§4.6, limitation 1',
    run(approach, relays, rng) {
      const at = scene(approach, relays, rng)
      const point = lookUp(at.network, at.alice)?.[0] as IntroductionPoint
      const cell = introduction(at.network, at.alice, point, rng)
      return circuitsFor(at, () => at.network.introduce(relayOf(at.network, point), cell), 1)
    },
  },
  {
    id: 'rogue-client',
    name: 'an authorised client asks without end',
    aim: 'unauthorised access',
    source: '§4.6, limitation 2',
    run(approach, relays, rng) {
      const at = scene(approach, relays, rng)
      const point = lookUp(at.network, at.alice)?.[0] as IntroductionPoint
      return circuitsFor(at, () => attempt(at.network, at.alice, point, rng), REQUESTS - 1)
    },
  },
  {
    id: 'former-client-descriptor',
    name: "a former client asks for the service's descriptor",
    aim: 'service activity',
    source: '§3.1, §3.2, §5',
    run: (approach, relays, rng) =>
      tellsOnFromOff(approach, relays, rng, ({ network, dave }) => lookUp(network, dave) !== undefined),
  },
  {
    id: 'former-client-probe',
    name: 'a former client probes the introduction points of its last descriptor',
    aim: 'service activity',
    source: 'ERRATA; §5',
    run: (approach, relays, rng) =>
      tellsOnFromOff(approach, relays, rng, ({ network, remembered }) => probe(network, remembered, rng)),
  },
  {
    id: 'directory-activity',
    name: 'all directories, with a former client, watch publications',
    aim: 'service activity',
    source: '§3.1, §5',
    run: (approach, relays, rng) =>
      tellsOnFromOff(approach, relays, rng, ({ network, dave }) => {
        const known = hexText.encode(dave.keys(network.period).blindedKey)
        return network.uploads.some((upload) => upload.key === known)
      }),
  },
  {
    id: 'introduction-point-activity',
    name: 'an introduction point, with a former client, watches its circuits',
    aim: 'service activity',
    source: '§3.1, §5',
    run: (approach, relays, rng) =>
      tellsOnFromOff(approach, relays, rng, (at) => {
        const known = keysThatDaveKnows(at)
        useService(at, 1)
        return (
          at.network.introductions.some((sighting) => known.has(sighting.key)) &&
          at.service.introductionCircuits > 0
        )
      }),
  },
  {
    id: 'directory-usage',
    name: 'all directories, with a former client, count requests for descriptors',
    aim: 'usage profile',
    source: '§3.1, §5',
    run(approach, relays, rng) {
      const at = scene(approach, relays, rng)
      const known = hexText.encode(at.dave.keys(at.network.period).blindedKey)
      useService(at, 5)
      const counted = at.network.fetches.filter((sighting) => sighting.key === known).length
      const before = 1 // Dave's own, made when he was a client
      return {
        succeeds: counted > before,
        measured: `${counted - before} of the clients' 10 requests recognised`,
      }
    },
  },
  {
    id: 'introduction-point-usage',
    name: 'the introduction points, with a former client, count introductions',
    aim: 'usage profile',
    source: '§3.1, §5',
    run(approach, relays, rng) {
      const at = scene(approach, relays, rng)
      const known = keysThatDaveKnows(at)
      at.network.introductions.length = 0
      useService(at, 5)
      const counted = at.network.introductions.filter((sighting) => known.has(sighting.key)).length
      return { succeeds: counted > 0, measured: `${counted} of the clients' 10 introductions recognised` }
    },
  },
  {
    id: 'wait-to-be-picked',
    name: 'a former client’s relays wait to be picked as introduction points, or attack the others until they are',
    aim: 'usage profile',
    source: '§3.1, Service Activity and Anonymous Service Usage',
    run(approach, relays, rng) {
      const at = scene(approach, relays, rng)
      const { network, service } = at
      const daves = new Set(network.relays.slice(0, Math.ceil(relays * DAVES_PART)))
      let [picked, recognised] = [0, 0]
      for (let renewal = 0; renewal < RENEWALS; renewal++) {
        network.nowSeconds += 24 * HOURS
        network.introductions.length = 0
        service.renewPoints()
        service.publish()
        useService(at, 3)
        const known = keysThatDaveKnows(at)
        const seen = network.introductions.filter(({ relay }) => daves.has(relay))
        if (seen.length > 0) picked++
        if (seen.some(({ key }) => known.has(key))) recognised++
      }
      return {
        succeeds: recognised > 0,
        measured: `picked and used after ${picked} of ${RENEWALS} renewals, recognised after ${recognised}`,
      }
    },
  },
  {
    id: 'linked-address',
    name: 'a former client, who learned the public key of another client’s service, sends introductions',
    aim: 'unauthorised access',
    source: '§3.2, Links Between Pseudonyms',
    run(approach, relays, rng) {
      const at = scene(approach, relays, rng)
      const known = at.alice.knowingOnlyTheKey()
      const points = known === undefined ? undefined : lookUp(at.network, known)
      if (known === undefined || points === undefined)
        return { succeeds: false, measured: 'no descriptor is found under the key alone' }
      return circuitsFor(at, (i) =>
        attempt(at.network, known, points[i % points.length] as IntroductionPoint, rng),
      )
    },
  },
  {
    id: 'authorised-clients-compare',
    name: 'two authorised clients compare the introduction points that they were given',
    aim: 'links between pseudonyms',
    source: '§4.2',
    run(approach, relays, rng) {
      const { network, alice, bob } = scene(approach, relays, rng)
      const keysOf = (client: LabClient) =>
        (lookUp(network, client) ?? []).map((point) => hexText.encode(point.authKey))
      const others = new Set(keysOf(bob))
      const common = keysOf(alice).filter((key) => others.has(key)).length
      return { succeeds: common > 0, measured: `${common} introduction points in common` }
    },
  },
]

function opensFor(keys: ReturnType<LabClient['keys']>, text: string): boolean {
  try {
    return keys.open(text) !== undefined
  } catch {
    return false
  }
}
