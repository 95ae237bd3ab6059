import { hexText } from '@warren/primitives/encoding'
import type { Rng } from '@warren/primitives/rng'
import {
  admit,
  clientPeriodKeys,
  generateClientKey,
  IntroductionGroup,
  RequestLimit,
} from '@warren/private-service/protocol'
import {
  encodeIntroduce1,
  generateIntroductionKeys,
  INTRODUCE_STATUS,
  type IntroductionPoint,
  ReplayCache,
  startHandshake,
} from '@warren/tor/onion'
import { pause } from '../pause.ts'
import { defineScenario } from '../scenario.ts'
import { attempt, lookUp, relayOf } from './actors.ts'
import { INTRODUCTION_POINTS, type LabClient, labService } from './approaches.ts'
import { coincidenceProbability } from './pseudonyms.ts'
import { wilson } from './statistics.ts'
import { type LabRelay, LabNetwork } from './world.ts'

interface Parameters {
  relays: number
  groups: number
  clients: number
  trials: number
}

/** What clients who collude find when they compare what they were given. */
interface Comparison {
  pairs: number
  /** Pairs with all introduction keys in common, and pairs with a key or a relay in common. */
  alike: number
  touching: number
}

/** Of the introduction points that clients knew before a removal: those that still answer. */
interface Standing {
  known: number
  standing: number
}

interface Result {
  parameters: Parameters
  within: Comparison
  across: Comparison
  /** The same people without groups. */
  ungrouped: Comparison
  removal: { ownGroup: Standing; otherGroups: Standing; ungrouped: Standing }
  /** Requests with a client's credential at introduction points of other groups, and circuits built for them. */
  strangers: { sent: number; acknowledged: number; circuits: number; own: number }
  /** Whether a rendezvous cookie that was used in one group is refused in the other. */
  cookie: { commonCache: boolean; ownCaches: boolean }
  /** Of choices of introduction points: those in which two groups, or two services of strangers, meet at a relay. */
  meetings: { groups: number; strangers: number }
}

interface Member {
  client: LabClient
  group: number
  points: readonly IntroductionPoint[]
}

const PERIOD = { number: 20_000, lengthMinutes: 1440 }

/** A service with `clients` people in each of `groups` groups, and what each of them reads in her descriptor. */
function circle({ relays, groups, clients }: Parameters, isGrouped: boolean, rng: Rng) {
  const network = new LabNetwork(relays, rng)
  const service = labService('extension', network, rng)
  const invited = Array.from({ length: groups * clients }, (_, i) => {
    const group = i % groups
    const client = service.invite(`client ${i}`, isGrouped ? `group-${group}` : undefined)
    return { client, group }
  })
  service.publish()
  const members = invited.map((one): Member => ({ ...one, points: lookUp(network, one.client) ?? [] }))
  return { network, service, members }
}

function compare(members: readonly Member[], isPair: (a: Member, b: Member) => boolean): Comparison {
  const inCommon = (a: Member, b: Member, name: (point: IntroductionPoint) => Uint8Array) => {
    const names = new Set(a.points.map((point) => hexText.encode(name(point))))
    return b.points.filter((point) => names.has(hexText.encode(name(point)))).length
  }
  const found = { pairs: 0, alike: 0, touching: 0 }
  for (const [i, a] of members.entries())
    for (const b of members.slice(i + 1)) {
      if (!isPair(a, b)) continue
      const keys = inCommon(a, b, ({ authKey }) => authKey)
      found.pairs++
      if (keys === INTRODUCTION_POINTS) found.alike++
      if (keys > 0 || inCommon(a, b, ({ onionKey }) => onionKey) > 0) found.touching++
    }
  return found
}

function afterRemoval({ network, service, members }: ReturnType<typeof circle>, rng: Rng) {
  const [removed, ...others] = members as [Member, ...Member[]]
  service.remove(removed.client)
  const standing = (some: readonly Member[]): Standing => {
    const answers = some.flatMap(({ client, points }) =>
      points.map((point) => attempt(network, client, point, rng)),
    )
    return {
      known: answers.length,
      standing: answers.filter((status) => status === INTRODUCE_STATUS.success).length,
    }
  }
  return {
    ownGroup: standing(others.filter(({ group }) => group === removed.group)),
    otherGroups: standing(others.filter(({ group }) => group !== removed.group)),
    all: standing(others),
  }
}

function intrude({ network, service, members }: ReturnType<typeof circle>, rng: Rng): Result['strangers'] {
  const [alice] = members as [Member]
  const foreign = members.filter(({ group }) => group !== alice.group).flatMap(({ points }) => points)
  const acknowledged = foreign.filter(
    (point) => attempt(network, alice.client, point, rng) === INTRODUCE_STATUS.success,
  ).length
  const circuits = service.rendezvousCircuits
  attempt(network, alice.client, alice.points[0] as IntroductionPoint, rng)
  return { sent: foreign.length, acknowledged, circuits, own: service.rendezvousCircuits - circuits }
}

/** Alice and Carol, of two groups, agree on a cookie. She who comes second learns whether it is known already. */
function isCookieRefused(hasCommonCache: boolean, rng: Rng): boolean {
  const common = new ReplayCache()
  const cookie = rng.bytes(20)
  const verdicts = ['one', 'two'].map((name) => {
    const { roster, replays } = new IntroductionGroup(name)
    roster.setPeriods([PERIOD])
    const client = generateClientKey('', 0, rng)
    roster.add(client)
    const point = generateIntroductionKeys(rng)
    const subcredential = clientPeriodKeys(client, PERIOD).introductionCredential
    const handshake = startHandshake(
      { authKey: point.authKey, encKey: point.encryption.publicKey, subcredential },
      rng,
    )
    const cell = encodeIntroduce1(point.authKey, handshake, {
      rendezvousCookie: cookie,
      onionKey: rng.bytes(32),
      linkSpecifiers: [{ type: 2, data: rng.bytes(20) }],
    })
    const limit = new RequestLimit(10)
    return admit(cell, point, { roster, replays: hasCommonCache ? common : replays, limit }, 0)
  })
  return verdicts.some((verdict) => 'silence' in verdict)
}

async function countMeetings(
  { relays, trials }: Parameters,
  rng: Rng,
  signal: AbortSignal,
): Promise<Result['meetings']> {
  const network = new LabNetwork(relays, rng)
  const service = labService('extension', network, rng)
  const clients = [service.invite('Alice', 'one'), service.invite('Carol', 'two')]
  const meet = (a: readonly LabRelay[], b: readonly LabRelay[]) => a.some((relay) => b.includes(relay))
  const found = { groups: 0, strangers: 0 }
  for (let trial = 0; trial < trials; trial++) {
    if (trial % 20 === 0) await pause(signal)
    service.renewPoints()
    service.publish()
    const [a, b] = clients.map((client) =>
      (lookUp(network, client) ?? []).map((point) => relayOf(network, point)),
    ) as [LabRelay[], LabRelay[]]
    if (meet(a, b)) found.groups++
    if (meet(network.someRelays(INTRODUCTION_POINTS), network.someRelays(INTRODUCTION_POINTS)))
      found.strangers++
  }
  return found
}

const share = ({ standing, known }: Standing) => `${standing} of ${known}`

export const groups = defineScenario<Parameters, Result>({
  id: 'private-services/groups',
  title: 'Introduction groups: what clients who compare notes find out',
  source: { paper: 'private-services', section: '4.2' },
  summary:
    'All clients share introduction points in the paper, so that two who compare see that their service is one, and a removal interrupts all. Here they are divided into groups, each with introduction points, keys and a replay cache of its own. Clients compare, introduce themselves at the points of others, and agree on rendezvous cookies; one client is removed. What remains is shown too: two groups never meet at a relay, as strangers would.',
  parameters: {
    relays: { kind: 'integer', help: 'relays in the network', default: 60, min: 60, max: 7000 },
    groups: { kind: 'integer', help: 'groups', default: 4, min: 2, max: 15 },
    clients: { kind: 'integer', help: 'clients in each', default: 3, min: 2, max: 50 },
    trials: {
      kind: 'integer',
      help: 'choices of introduction points',
      default: 200,
      min: 100,
      max: 1_000_000,
    },
  },
  async run(parameters, { rng, progress, signal }) {
    progress.report(0, 'clients compare')
    const isOneGroup = (a: Member, b: Member) => a.group === b.group
    const grouped = circle(parameters, true, rng)
    const ungrouped = circle(parameters, false, rng)
    const within = compare(grouped.members, isOneGroup)
    const across = compare(grouped.members, (a, b) => !isOneGroup(a, b))
    const together = compare(ungrouped.members, () => true)
    const strangers = intrude(grouped, rng)
    const { ownGroup, otherGroups } = afterRemoval(grouped, rng)
    const { all } = afterRemoval(ungrouped, rng)
    progress.report(0.1, 'introduction points are chosen')
    return {
      parameters,
      within,
      across,
      ungrouped: together,
      removal: { ownGroup, otherGroups, ungrouped: all },
      strangers,
      cookie: { commonCache: isCookieRefused(true, rng), ownCaches: isCookieRefused(false, rng) },
      meetings: await countMeetings(parameters, rng, signal),
    }
  },
  figures: ({ within, across, ungrouped, removal, meetings, parameters }) => [
    {
      kind: 'table',
      title: 'Clients compare their introduction points',
      columns: [
        { name: 'pairs of clients' },
        { name: 'pairs' },
        { name: 'all in common' },
        { name: 'any in common' },
      ],
      rows: Object.entries({
        'without groups': ungrouped,
        'of one group': within,
        'of two groups': across,
      }).map(([name, { pairs, alike, touching }]) => [name, pairs, alike, touching]),
    },
    {
      kind: 'table',
      title: 'Introduction points that still stand once a client is removed',
      columns: [{ name: 'known to' }, { name: 'points' }, { name: 'standing' }],
      rows: Object.entries({
        'the others, without groups': removal.ungrouped,
        'the others of her group': removal.ownGroup,
        'clients of other groups': removal.otherGroups,
      }).map(([name, { known, standing }]) => [name, known, standing]),
    },
    {
      kind: 'table',
      title: 'How often two sets of introduction points meet at a relay',
      columns: [{ name: 'of' }, { name: 'measured' }, { name: 'closed form' }],
      rows: [
        ['two groups', meetings.groups / parameters.trials, 0],
        [
          'two services of strangers',
          meetings.strangers / parameters.trials,
          coincidenceProbability(2, parameters.relays),
        ],
      ],
    },
  ],
  claims: [
    {
      id: 'one-group-compares',
      statement:
        'All service descriptors may contain the same introduction points: clients of one group who collude see that their service is one.',
      source: '§4.2; ERRATA',
      stands: 'holds',
      check: ({ within, ungrouped }) => ({
        verdict: within.alike === within.pairs && ungrouped.alike === ungrouped.pairs ? 'holds' : 'fails',
        measured: `${within.alike} of ${within.pairs} pairs of one group, ${ungrouped.alike} of ${ungrouped.pairs} without groups, have all three in common`,
        expected: 'all pairs',
      }),
    },
    {
      id: 'two-groups-compare',
      statement: 'Clients of two groups who collude find no introduction point, key or relay in common.',
      source: 'beyond the paper; §4.2',
      stands: 'holds',
      check: ({ across }) => ({
        verdict: across.pairs > 0 && across.touching === 0 ? 'holds' : 'fails',
        measured: `${across.touching} of ${across.pairs} pairs have anything in common`,
        expected: '0',
      }),
    },
    {
      id: 'removal-interrupts-all',
      statement:
        'Without groups a removal, which replaces all introduction points, interrupts every other client.',
      source: 'ERRATA; §4.2',
      stands: 'holds',
      check: ({ removal: { ungrouped } }) => ({
        verdict: ungrouped.known > 0 && ungrouped.standing === 0 ? 'holds' : 'fails',
        measured: `${share(ungrouped)} introduction points of the others still stand`,
        expected: '0',
      }),
    },
    {
      id: 'removal-interrupts-the-group',
      statement: 'With groups it interrupts the other clients of the same group, and nobody else.',
      source: 'beyond the paper',
      stands: 'holds',
      check: ({ removal: { ownGroup, otherGroups } }) => ({
        verdict:
          ownGroup.known > 0 && ownGroup.standing === 0 && otherGroups.standing === otherGroups.known
            ? 'holds'
            : 'fails',
        measured: `${share(ownGroup)} still stand for her group, ${share(otherGroups)} for the others`,
        expected: '0, and all',
      }),
    },
    {
      id: 'other-group-is-stranger',
      statement:
        'A request at an introduction point of another group is acknowledged by the relay, and met with silence by the service, as a stranger’s.',
      source: 'beyond the paper; §4.6',
      stands: 'holds',
      check: ({ strangers: { sent, acknowledged, circuits, own } }) => ({
        verdict: sent > 0 && acknowledged === sent && circuits === 0 && own === 1 ? 'holds' : 'fails',
        measured: `${acknowledged} of ${sent} acknowledged, ${circuits} circuits; at a point of her own group ${own}`,
        expected: 'all, 0 and 1',
      }),
    },
    {
      id: 'cookie-oracle',
      statement:
        'A replay cache for all groups would tell that two clients use one service, by a rendezvous cookie that both choose; caches of their own do not.',
      source: 'beyond the paper; §4.6, limitation 1',
      stands: 'holds',
      check: ({ cookie: { commonCache, ownCaches } }) => ({
        verdict: commonCache && !ownCaches ? 'holds' : 'fails',
        measured: `the second use is ${commonCache ? 'refused' : 'met'} with a common cache, ${ownCaches ? 'refused' : 'met'} with their own`,
        expected: 'refused, and met',
      }),
    },
    {
      id: 'apart-is-a-mark',
      statement:
        'Two groups never stand at one relay, where services of strangers do with probability 1 − C(N − 3, 3)/C(N, 3): who compares often enough can tell.',
      source: 'a limit of the groups; beyond the paper',
      stands: 'holds',
      check({ meetings, parameters: { trials, relays } }) {
        const expected = coincidenceProbability(2, relays)
        const [low, high] = wilson(meetings.strangers, trials)
        return {
          verdict: meetings.groups === 0 && low <= expected && expected <= high ? 'holds' : 'fails',
          measured: `groups ${meetings.groups} of ${trials} times, strangers ${meetings.strangers} times`,
          expected: `0, and ${expected.toPrecision(3)} within the 99.9 % interval (N = ${relays})`,
        }
      },
    },
  ],
})
