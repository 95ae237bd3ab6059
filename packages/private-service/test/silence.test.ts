import { virtualClock } from '@warren/testkit/clock'
import { testRng } from '@warren/testkit/rng'
import type { Circuit } from '@warren/tor/circuit'
import type { OnionNetwork } from '@warren/tor/onion'
import { describe, expect, it } from 'vitest'
import { FakeNetwork } from '../../tor/test/onion/fake-network.ts'
import { connectPrivateService } from '../src/client.ts'
import { encodeCredential, generateClientKey } from '../src/client-key.ts'
import { createPrivateService } from '../src/service.ts'

const HOUR_MS = 3_600_000
const CAUSES = ['removed', 'switched off', 'never was'] as const
type Cause = (typeof CAUSES)[number]

/** A way into the network that writes down everything which passes: circuits, messages, answers of directories. */
function recorded(tor: OnionNetwork, seen: string[]): OnionNetwork {
  return {
    ...tor,
    async buildCircuit(path) {
      const circuit = await tor.buildCircuit(path)
      seen.push(`circuit of ${path.length}`)
      watch(circuit, seen)
      return circuit
    },
    // Which circuits stand ready is chance: from where it has its destination, one is as any other.
    async prepareCircuit(path) {
      const ready = await tor.prepareCircuit(path)
      return {
        ...ready,
        async extendTo(hop, options) {
          const circuit = await ready.extendTo(hop, options)
          seen.push(`circuit of ${ready.path.length + 1}`)
          watch(circuit, seen)
          return circuit
        },
      }
    },
  }
}

function watch(circuit: Circuit, seen: string[]): void {
  const raw = circuit as unknown as {
    send(command: number, body: Uint8Array): void
    deliver(command: number, body: Uint8Array): void
    openDirectoryStream(): Promise<{ read(): Promise<Uint8Array | undefined> }>
  }
  const original = { send: raw.send, deliver: raw.deliver, open: raw.openDirectoryStream }
  raw.send = function (command, body) {
    seen.push(`sent ${command}, ${body.length} bytes`)
    original.send.call(this, command, body)
  }
  raw.deliver = function (command, body) {
    seen.push(`got ${command}: ${body.join(' ')}`)
    original.deliver.call(this, command, body)
  }
  raw.openDirectoryStream = async function () {
    const stream = await original.open.call(this)
    const read = stream.read.bind(stream)
    let isFirst = true
    stream.read = async () => {
      const bytes = await read()
      if (isFirst) seen.push(`directory: ${new TextDecoder().decode(bytes?.subarray(0, 12))}`)
      isFirst = false
      return bytes
    }
    return stream
  }
}

/** What Dave can observe, with a credential of the service; `rng` is the same whatever the cause. */
async function observe(cause: Cause, hoursLater: number) {
  const clock = virtualClock(Date.UTC(2026, 5, 1, 9, 30))
  const network = new FakeNetwork(20, clock, testRng(`network ${cause}`, 256 * 2 ** 20))
  let held: Uint8Array | undefined
  const same = (bytes: Uint8Array) => Promise.resolve(bytes)
  const service = await createPrivateService({
    tor: network.party(),
    store: {
      load: () => Promise.resolve(held),
      save: async (bytes) => {
        held = Uint8Array.from(bytes)
      },
    },
    sealer: { seal: same, open: same },
    onConnection: ({ stream }) => void stream.write(Uint8Array.of(1)),
  })
  await service.invite('Alice')
  const dave = await service.invite('Dave')
  await clock.advance(400_000)
  if (cause === 'removed') await service.remove(dave.id)
  if (cause === 'switched off') await service.close()
  const credential =
    cause === 'never was' ? encodeCredential(generateClientKey('', 0, testRng('nobody'))) : dave.credential
  for (let hour = 0; hour < hoursLater; hour++) {
    await clock.advance(HOUR_MS)
    network.newConsensus()
  }
  if (hoursLater === 0) await clock.advance(1000)

  const seen: string[] = []
  const startedMs = clock.now()
  let error: (Error & Record<string, unknown>) | undefined
  connectPrivateService({ tor: recorded(network.party(), seen), credential }).catch((caught: unknown) => {
    error = caught as NonNullable<typeof error>
  })
  while (error === undefined) await clock.advance(100)
  await service.close()
  return {
    seen: seen.toSorted(),
    ms: clock.now() - startedMs,
    error: {
      ...error,
      name: error.name,
      message: error.message,
      cause: error.cause,
      keys: Object.getOwnPropertyNames(error).toSorted(),
      text: String(error),
    },
  }
}

describe('what somebody observes who has no service to reach', { timeout: 120_000 }, () => {
  it('is the same, message by message, whether she was removed a second ago or the service was switched off', async () => {
    const removed = await observe('removed', 0)
    expect(await observe('switched off', 0)).toEqual(removed)
    // Her last descriptor is still on the directories; all three introduction points deny the service.
    expect(removed.seen.filter((one) => one === 'got 40: 0 1 0')).toHaveLength(3)
    expect(removed.seen).toContain('directory: HTTP/1.0 200')
    expect(removed.error.text).toContain('switched off, or this invitation is not valid')
  })

  it('is the same for both, and for a service that never was, once the time period is over', async () => {
    const [removed, off, never] = await Promise.all(CAUSES.map((cause) => observe(cause, 48)))
    expect(off).toEqual(removed)
    expect(never).toEqual(removed)
    expect(new Set(removed?.seen)).toEqual(new Set(['circuit of 4', 'directory: HTTP/1.0 404']))
  })

  it('differs at the directories alone while the last descriptor is left there: the comparison can tell', async () => {
    const removed = await observe('removed', 0)
    const never = await observe('never was', 0)
    expect(never.error).toEqual(removed.error)
    // Of a service that was, the last descriptor is left until it expires (README, limits).
    expect(never.seen).not.toEqual(removed.seen)
  })
})
