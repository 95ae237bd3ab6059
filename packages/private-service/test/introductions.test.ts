import { base64BareText } from '@warren/primitives/encoding'
import { virtualClock } from '@warren/testkit/clock'
import { testRng } from '@warren/testkit/rng'
import { type Circuit, hopOf, linkSpecifiers, RELAY } from '@warren/tor/circuit'
import {
  decodeIntroduce2,
  encodeGarbageIntroduce1,
  encodeIntroduce1,
  fetchEpoch,
  type IntroductionPoint,
  type OnionNetwork,
  startHandshake,
} from '@warren/tor/onion'
import { describe, expect, it } from 'vitest'
import { FakeNetwork } from '../../tor/test/onion/fake-network.ts'
import { connectPrivateService } from '../src/client.ts'
import { openClientDescriptor } from '../src/client-descriptor.ts'
import { decodeCredential } from '../src/client-key.ts'
import { clientPeriodKeys } from '../src/period-keys.ts'
import { createPrivateService, type PrivateServiceOptions } from '../src/service.ts'

const HOUR_MS = 3_600_000
/** Nine tenths of the cookies that the cache holds. */
const NEARLY_FULL = 14_746

/** A running service with Alice and Bob, and what a client who writes its own introductions needs. */
async function stage(seed: string, options: Partial<PrivateServiceOptions> = {}) {
  const clock = virtualClock(Date.UTC(2026, 5, 1, 9, 30))
  const rng = testRng(seed, 256 * 2 ** 20)
  const network = new FakeNetwork(20, clock, rng)
  const party = network.party()
  /** Rendezvous that the service began. */
  const met = { count: 0, circuits: [] as Circuit[], said: [] as number[] }
  /** While it is set, circuits to rendezvous points take until then. */
  const slow: { until: Promise<unknown> | undefined } = { until: undefined }
  const connected: string[] = []
  const host: OnionNetwork = {
    ...party,
    async buildCircuit(path) {
      if (path.foreignEnd !== true) return party.buildCircuit(path)
      met.count++
      await slow.until
      const circuit = await party.buildCircuit(path)
      met.circuits.push(circuit)
      const send = circuit.send.bind(circuit)
      circuit.send = (command, body) => {
        met.said.push(command)
        send(command, body)
      }
      return circuit
    },
    prepareCircuit: () => Promise.reject(new Error('none ahead')),
  }
  let held: Uint8Array | undefined
  const same = (bytes: Uint8Array) => Promise.resolve(bytes)
  const service = await createPrivateService({
    tor: host,
    store: {
      load: () => Promise.resolve(held),
      save: async (bytes) => {
        held = Uint8Array.from(bytes)
      },
    },
    sealer: { seal: same, open: same },
    onConnection({ label, stream }) {
      connected.push(label)
      void stream.write(new TextEncoder().encode(label))
    },
    ...options,
  })
  const [alice, bob] = [await service.invite('Alice'), await service.invite('Bob')]
  await clock.advance(300_000)

  /** What a client finds in its descriptor, and the credential that it puts into its introductions. */
  const look = async ({ credential }: { credential: Uint8Array }) => {
    const { times, sharedRandom } = await party.consensus()
    const keys = clientPeriodKeys(decodeCredential(credential), fetchEpoch(times, sharedRandom).period)
    const name = base64BareText.encode(keys.blindedKey)
    const text = network.relays.flatMap((relay) => relay.stored.get(name)?.at(-1) ?? []).at(-1)?.text ?? ''
    const opened = openClientDescriptor(text, keys, network.nowSeconds)
    return { point: opened?.introductionPoints[0] as IntroductionPoint, keys }
  }
  const circuitTo = (point: IntroductionPoint) =>
    party.buildCircuit({
      length: 4,
      second: [],
      last: hopOf(point.linkSpecifiers, point.onionKey) as NonNullable<ReturnType<typeof hopOf>>,
    })
  const introduce = async (circuit: Circuit, message: Uint8Array) => {
    const acknowledged = circuit.nextMessage(RELAY.introduceAck)
    circuit.send(RELAY.introduce1, message)
    return (await acknowledged)[1]
  }
  /** Requests of one client: one handshake for all, with a cookie of its own in each. */
  const requests = async (client: { credential: Uint8Array }) => {
    const { point, keys } = await look(client)
    const handshake = startHandshake(
      { authKey: point.authKey, encKey: point.encKey, subcredential: keys.introductionCredential },
      rng,
    )
    const { hop } = network.relays[0] as (typeof network.relays)[0]
    return {
      point,
      handshake,
      make: () =>
        encodeIntroduce1(point.authKey, handshake, {
          rendezvousCookie: rng.bytes(20),
          onionKey: hop.ntorKey,
          linkSpecifiers: linkSpecifiers(hop),
        }),
    }
  }
  const greet = async (credential: Uint8Array) => {
    let said: string | undefined
    void connectPrivateService({ tor: party, credential }).then(async (stream) => {
      said = new TextDecoder().decode(await stream.read())
      await stream.end()
    })
    for (let ms = 0; ms < 120_000 && said === undefined; ms += 500) await clock.advance(500)
    return said
  }
  const rest = { requests, circuitTo, introduce, greet }
  return { clock, rng, network, party, service, met, slow, connected, alice, bob, ...rest }
}

describe('an introduction', { timeout: 120_000 }, () => {
  it('that is garbage, malformed, repeated or too many is met with silence, and nobody else notices', async () => {
    const { clock, rng, service, met, alice, bob, requests, circuitTo, introduce, greet } =
      await stage('silence')
    const { point, handshake, make } = await requests(alice)
    const circuit = await circuitTo(point)
    const say = async (message: Uint8Array) => {
      expect(await introduce(circuit, message)).toBe(0) // the relay acknowledges anything
      await clock.advance(1000)
    }
    for (let i = 0; i < 5; i++) await say(encodeGarbageIntroduce1(point.authKey, rng))
    // Sealed as it should be, and rubbish inside.
    const { header } = decodeIntroduce2(make())
    for (let length = 0; length < 5; length++)
      await say(new Uint8Array([...header, ...handshake.encrypt(header, rng.bytes(40 * length))]))
    expect(met.count).toBe(0)
    const once = make()
    await say(once)
    expect(met.count).toBe(1)
    for (let i = 0; i < 5; i++) await say(once)
    for (let i = 0; i < 12; i++) await say(make())
    expect(met.count).toBe(10)
    expect(service.status().silences).toEqual({
      malformed: 5,
      'unknown-client': 5,
      replayed: 5,
      'over-limit': 3,
    })
    expect(await greet(bob.credential)).toBe('Bob')
    await clock.advance(HOUR_MS)
    await say(once)
    expect(service.status().silences.replayed).toBe(6)
    expect(await greet(alice.credential)).toBe('Alice')
    await service.close()
  })

  it('of a client who is removed while the service is on its way to her hears nothing', async () => {
    const { clock, party, service, met, slow, connected, alice, greet, bob } = await stage('on the way')
    const arrival = Promise.withResolvers<void>()
    slow.until = arrival.promise
    const connecting = connectPrivateService({ tor: party, credential: alice.credential }).catch(
      (error: unknown) => error,
    )
    await clock.advance(1000)
    expect(met.count).toBe(1)
    await service.remove(alice.id)
    slow.until = undefined
    arrival.resolve()
    await clock.advance(1000)
    expect(met.circuits.map(({ isOpen }) => isOpen)).toEqual([false])
    expect(met.said).toEqual([])
    await clock.advance(400_000)
    expect(await connecting).toMatchObject({ code: 'private-service/unreachable' })
    expect(connected).toEqual([])
    expect(service.clients().map(({ label, circuits }) => [label, circuits])).toEqual([['Bob', 0]])
    expect(await greet(bob.credential)).toBe('Bob')
    await service.close()
  })

  it('cannot push the cookies of others out of the cache: before that, introduction points are replaced', async () => {
    const { clock, network, service, met, alice, bob, requests, circuitTo, introduce, greet } = await stage(
      'flood',
      {
        requestsPerHour: 1,
      },
    )
    const hers = await requests(bob)
    const heard = hers.make()
    await introduce(await circuitTo(hers.point), heard)
    await clock.advance(1000)
    expect(met.count).toBe(1)
    const before = network.relays.filter((relay) => relay.introductionCircuits > 0)
    const { point, make } = await requests(alice)
    const circuit = await circuitTo(point)
    for (let i = 0; i < NEARLY_FULL && (await introduce(circuit, make())) === 0; i++);
    expect(met.count).toBeLessThanOrEqual(2)
    // Whoever kept Bob's request finds nobody any more who could open it.
    expect(before.every((relay) => relay.introductionCircuits === 0)).toBe(true)
    expect(await introduce(await circuitTo(hers.point), heard)).toBe(1)
    await clock.advance(300_000)
    expect(service.status().introductionPoints).toBe(3)
    await clock.advance(HOUR_MS)
    expect(await greet(bob.credential)).toBe('Bob')
    await service.close()
  })
})
