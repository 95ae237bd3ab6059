import { systemRng } from '@warren/primitives/rng'
import {
  admit,
  clientDescriptor,
  clientPeriodKeys,
  generateClientKey,
  RequestLimit,
  Roster,
  servicePeriodKeys,
} from '@warren/private-service/protocol'
import {
  encodeGarbageIntroduce1,
  encodeIntroduce1,
  generateIntroductionKeys,
  ReplayCache,
  startHandshake,
} from '@warren/tor/onion'
import { inTurn, type Report } from './harness.ts'
import { machine } from './machine.ts'
import type { Benchmark } from './registry.ts'

const CLIENTS = 1000
const PERIODS = [20_000, 20_001].map((number) => ({ number, lengthMinutes: 1440 }))
const GOAL_MS = 25
/** Medians of equal work on a busy machine: further apart than this is not equal work. */
const EQUAL_WITHIN = 0.25

/** Finding out which of 1000 clients an introduction is from, and what a client costs in each period. */
export const benchmark: Benchmark = {
  async run({ runs = 9, log }): Promise<Report> {
    log(`deriving the keys of ${CLIENTS} clients`)
    const roster = new Roster()
    roster.setPeriods(PERIODS)
    for (let i = 0; i < CLIENTS; i++) roster.add(generateClientKey('', 0, systemRng))
    const point = generateIntroductionKeys(systemRng)
    const limit = new RequestLimit(1_000_000)
    const requestOf = (client: ReturnType<typeof generateClientKey>) => {
      const { introductionCredential } = clientPeriodKeys(client, PERIODS[0] as (typeof PERIODS)[0])
      const handshake = startHandshake(
        { authKey: point.authKey, encKey: point.encryption.publicKey, subcredential: introductionCredential },
        systemRng,
      )
      return encodeIntroduce1(point.authKey, handshake, {
        rendezvousCookie: systemRng.bytes(20),
        onionKey: systemRng.bytes(32),
        linkSpecifiers: [{ type: 2, data: systemRng.bytes(20) }],
      })
    }
    const clients = roster.clients()
    const [first, last] = [clients[0], clients.at(-1)] as [(typeof clients)[0], (typeof clients)[0]]
    const cells = {
      first: requestOf(first),
      last: requestOf(last),
      garbage: encodeGarbageIntroduce1(point.authKey, systemRng),
    }
    const judge = (cell: Uint8Array) => admit(cell, point, { roster, replays: new ReplayCache(), limit }, 0)
    log('identifying')
    const times = await inTurn(
      {
        first: () => judge(cells.first),
        last: () => judge(cells.last),
        garbage: () => judge(cells.garbage),
      },
      { runs, callsPerRun: 10 },
    )
    const keys = servicePeriodKeys(first, PERIODS[0] as (typeof PERIODS)[0])
    const costs = await inTurn(
      {
        derive: () => servicePeriodKeys(first, PERIODS[0] as (typeof PERIODS)[0]),
        descriptor: () => clientDescriptor(keys, [], 1, 1_790_000_000, systemRng),
      },
      { runs, callsPerRun: 10 },
    )
    const spread = Math.abs(times.first.median / times.garbage.median - 1)
    return {
      schema: 'warren.bench/1',
      name: 'private-service',
      machine: machine(),
      rows: [
        {
          name: `identify one introduction of ${CLIENTS} clients, two periods`,
          measured: times.last,
          goal: { text: `under ${GOAL_MS} ms`, met: times.last.median < GOAL_MS },
        },
        {
          name: 'the same, first client in the list',
          measured: times.first,
          goal: {
            text: `as long as garbage, within ${EQUAL_WITHIN * 100} %`,
            met: spread < EQUAL_WITHIN,
          },
        },
        { name: 'the same, garbage', measured: times.garbage },
        { name: 'derive the keys of one client and period', measured: costs.derive },
        { name: 'make one descriptor', measured: costs.descriptor },
      ],
      notes: [`${CLIENTS * PERIODS.length} trial MACs for each introduction, all of them whichever fits.`],
    }
  },
}
