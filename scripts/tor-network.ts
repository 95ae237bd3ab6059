import { parseArgs } from 'node:util'
import { networkConfiguration, startTorNetwork } from '@warren/testkit/tor-network-node'

/** A private Tor network on loopback until Ctrl-C; one JSON document on stdout says where it is. */
const { values } = parseArgs({
  options: {
    authorities: { type: 'string', default: '3' },
    relays: { type: 'string', default: '5' },
    scheduler: { type: 'string', default: 'Vanilla' },
    client: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
const authorities = Number(values.authorities)
const relays = Number(values.relays)
const { scheduler } = values
const whole = (n: number, least: number) => Number.isInteger(n) && n >= least && n <= 60

if (values.help || !whole(authorities, 1) || !whole(relays, 1) || !/^(Vanilla|KIST)$/.test(scheduler)) {
  console.error(
    'usage: npm run tor-network -- [--authorities 3] [--relays 5] [--scheduler Vanilla|KIST] [--client]\n\n' +
      'Starts a private Tor network on loopback and runs it until Ctrl-C. --client adds a stock client with a SOCKS\n' +
      "port. Needs Debian's package tor.",
  )
  process.exitCode = values.help ? 0 : 2
} else
  try {
    await runNetwork()
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  }

async function runNetwork(): Promise<void> {
  const ended = new Promise<void>((resolve) => {
    process.once('SIGINT', resolve)
    process.once('SIGTERM', resolve)
  })
  const network = await startTorNetwork({
    authorities,
    relays,
    scheduler: scheduler as 'Vanilla' | 'KIST',
    log: (line) => console.error(line),
  })
  const client = values.client ? await network.addClient() : undefined
  console.log(
    JSON.stringify({
      schema: 'warren.tor-network/1',
      votingInterval: network.votingInterval,
      testing: true,
      distinctSubnets: networkConfiguration(network).distinctSubnets,
      authorities: network.authorities.map((a) => ({
        nickname: a.nickname,
        address: a.address,
        orPort: a.orPort,
        dirPort: a.dirPort,
        fingerprint: a.fingerprint,
        v3Identity: a.v3Identity,
      })),
      relays: network.relays.map((r) => ({
        nickname: r.nickname,
        address: r.address,
        orPort: r.orPort,
        fingerprint: r.fingerprint,
      })),
      ...(client === undefined ? {} : { socksPort: client.socksPort }),
    }),
  )
  console.error('Ctrl-C ends it')
  await ended
  await network.stop()
}
