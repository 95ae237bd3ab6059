import type { Rng } from '@warren/primitives/rng'
import {
  admit,
  type ClientId,
  clientPeriodKeys,
  generateClientKey,
  RequestLimit,
  Roster,
} from '@warren/private-service/protocol'
import {
  encodeIntroduce1,
  generateIntroductionKeys,
  type IntroductionKeys,
  ReplayCache,
  startHandshake,
} from '@warren/tor/onion'
import { defineScenario } from '../scenario.ts'

interface Result {
  clients: number
  identified: number
  strangers: { sent: number; admitted: number }
  replays: { sent: number; withCache: number; withoutCache: number }
  rogue: { sent: number; limited: number; other: boolean }
  size: { plain: number; own: number }
}

const PERIODS = [20_000, 20_001].map((number) => ({ number, lengthMinutes: 1440 }))
const HOUR_MS = 3_600_000
const REPEATS = 50
const REQUESTS_PER_HOUR = 10

function request(
  client: Parameters<typeof clientPeriodKeys>[0],
  point: IntroductionKeys,
  period: number,
  rng: Rng,
) {
  const keys = clientPeriodKeys(client, PERIODS[period] as (typeof PERIODS)[0])
  const send = (subcredential: Uint8Array) =>
    encodeIntroduce1(
      point.authKey,
      startHandshake({ authKey: point.authKey, encKey: point.encryption.publicKey, subcredential }, rng),
      {
        rendezvousCookie: rng.bytes(20),
        onionKey: rng.bytes(32),
        linkSpecifiers: [{ type: 2, data: rng.bytes(20) }],
      },
    )
  return { own: send(keys.introductionCredential), plain: send(keys.subcredential) }
}

export const introductions = defineScenario<{ clients: number }, Result>({
  id: 'private-services/introductions',
  title: 'Clients identify themselves inside the introduction',
  source: { paper: 'private-services', section: '4.6' },
  summary:
    'The service finds out whose request it is by trying the credential of every client; nothing is added to the message. Requests of strangers, repeated requests and too many requests are met with silence; without the replay cache the first attack of §4.6 succeeds.',
  parameters: {
    clients: { kind: 'integer', help: 'clients', default: 30, min: 2, max: 2000 },
  },
  run({ clients: count }, { rng }) {
    const roster = new Roster()
    roster.setPeriods(PERIODS)
    const clients = Array.from({ length: count }, (_, i) => generateClientKey(`client ${i}`, 0, rng))
    for (const client of clients) roster.add(client)
    const point = generateIntroductionKeys(rng)
    const replays = new ReplayCache()
    const limit = new RequestLimit(REQUESTS_PER_HOUR)
    const judge = (cell: Uint8Array, nowMs: number, cache = replays): ClientId | undefined => {
      const verdict = admit(cell, point, { roster, replays: cache, limit }, nowMs)
      return 'admitted' in verdict ? verdict.admitted.client : undefined
    }
    const identified = clients.filter(
      (client, i) => judge(request(client, point, i % 2, rng).own, 0) === client.id,
    ).length

    const strangers = Array.from({ length: count }, () => generateClientKey('', 0, rng))
    const admitted = strangers.filter((one) => judge(request(one, point, 0, rng).own, 0) !== undefined).length

    // A limit that is out of the way shows what the cache alone does.
    const repeat = (isCached: boolean) => {
      const cache = new ReplayCache()
      const open = new RequestLimit(10 * REPEATS)
      const cell = request(clients[0] as (typeof clients)[0], point, 0, rng).own
      let built = 0
      for (let i = 0; i < REPEATS; i++) {
        const verdict = admit(
          cell,
          point,
          { roster, replays: isCached ? cache : new ReplayCache(), limit: open },
          i,
        )
        if ('admitted' in verdict) built++
      }
      return built
    }
    const [rogue, other] = clients as [(typeof clients)[0], (typeof clients)[0]]
    const later = 2 * HOUR_MS
    let limited = 0
    for (let i = 0; i < REPEATS; i++)
      if (judge(request(rogue, point, 0, rng).own, later + i) !== undefined) limited++
    const sizes = request(rogue, point, 0, rng)
    return Promise.resolve({
      clients: count,
      identified,
      strangers: { sent: count, admitted },
      replays: { sent: REPEATS, withCache: repeat(true), withoutCache: repeat(false) },
      rogue: {
        sent: REPEATS,
        limited,
        other: judge(request(other, point, 0, rng).own, later + REPEATS) === other.id,
      },
      size: { plain: sizes.plain.length, own: sizes.own.length },
    })
  },
  figures: (result) => [
    {
      kind: 'table',
      title: 'Requests and answers',
      columns: [{ name: 'requests' }, { name: 'sent' }, { name: 'answered' }],
      rows: [
        ['of clients', result.clients, result.identified],
        ['of strangers', result.strangers.sent, result.strangers.admitted],
        ['one request repeated', result.replays.sent, result.replays.withCache],
        ['the same without replay cache', result.replays.sent, result.replays.withoutCache],
        ['of one client in an hour', result.rogue.sent, result.rogue.limited],
      ],
    },
  ],
  claims: [
    {
      id: 'identification',
      statement: 'The service can attribute every request to one of its clients.',
      source: '§4.6',
      stands: 'holds',
      check: ({ clients, identified }) => ({
        verdict: identified === clients ? 'holds' : 'fails',
        measured: `${identified} of ${clients} attributed, in either period`,
        expected: 'all',
      }),
    },
    {
      id: 'strangers',
      statement:
        'The cookie is checked before a circuit is extended: requests without a valid one cost no circuit.',
      source: '§4.6',
      stands: 'holds',
      check: ({ strangers }) => ({
        verdict: strangers.admitted === 0 ? 'holds' : 'fails',
        measured: `${strangers.admitted} of ${strangers.sent} admitted`,
        expected: '0',
      }),
    },
    {
      id: 'replay-attack',
      statement:
        'An introduction point that repeats a valid request forces circuit after circuit, unless cookies are remembered.',
      source: '§4.6, limitation 1',
      stands: 'holds',
      check: ({ replays }) => ({
        verdict: replays.withoutCache === replays.sent && replays.withCache === 1 ? 'holds' : 'fails',
        measured: `${replays.withoutCache} of ${replays.sent} without the cache, ${replays.withCache} with it`,
        expected: 'all, and 1',
      }),
    },
    {
      id: 'limit',
      statement:
        'The service accepts only 10 requests of one client in an hour, and no other client pays for it.',
      source: '§4.6, limitation 2',
      stands: 'holds',
      check: ({ rogue }) => ({
        verdict: rogue.limited === REQUESTS_PER_HOUR && rogue.other ? 'holds' : 'fails',
        measured: `${rogue.limited} of ${rogue.sent} accepted; another client ${rogue.other ? 'is' : 'is not'} served`,
        expected: `${REQUESTS_PER_HOUR}, and served`,
      }),
    },
    {
      id: 'nothing-on-the-wire',
      statement:
        'Identification adds nothing to the message: an introduction point sees what it sees of any version 3 service.',
      source: 'beyond the paper; §4.6',
      stands: 'holds',
      check: ({ size }) => ({
        verdict: size.own === size.plain ? 'holds' : 'fails',
        measured: `${size.own} bytes, ${size.plain} for a service without clients’ keys`,
        expected: 'equal',
      }),
    },
  ],
})
