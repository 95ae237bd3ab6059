import { base64BareText } from '@warren/primitives/encoding'
import { virtualClock } from '@warren/testkit/clock'
import { testRng } from '@warren/testkit/rng'
import { describe, expect, it } from 'vitest'
import { type Circuit, hopOf, linkSpecifiers, RELAY } from '../../src/circuit/index.ts'
import type { LinkSpecifier } from '../../src/link/link-specifier.ts'
import { OnionConnector } from '../../src/onion/connect.ts'
import { decodeDescriptor, openInnerLayer, openMiddleLayer } from '../../src/onion/descriptor.ts'
import { startHandshake } from '../../src/onion/hs-ntor.ts'
import { fetchEpoch } from '../../src/onion/hsdir-ring.ts'
import { decodeIntroduce2, encodeGarbageIntroduce1, encodeIntroduce1 } from '../../src/onion/introduce.ts'
import type { IntroductionPoint } from '../../src/onion/introduction-point.ts'
import type { OnionNetwork } from '../../src/onion/network.ts'
import { createOnionService } from '../../src/onion/service.ts'
import { addressTarget } from '../../src/onion/target.ts'
import { FakeNetwork } from './fake-network.ts'

/** Nine tenths of the cookies that a service remembers. */
const NEARLY_FULL = 14_746

async function stage(seed: string) {
  const clock = virtualClock(Date.UTC(2026, 5, 1, 9, 30))
  const rng = testRng(seed, 256 * 2 ** 20)
  const network = new FakeNetwork(20, clock, rng)
  const party = network.party()
  /** Rendezvous that the service began. */
  const met = { count: 0 }
  const host: OnionNetwork = {
    ...party,
    buildCircuit(path) {
      if (path.foreignEnd === true) met.count++
      return party.buildCircuit(path)
    },
    prepareCircuit: () => Promise.reject(new Error('none ahead')),
  }
  const service = createOnionService({
    network: host,
    identitySeed: rng.bytes(32),
    onStream: (stream) => void stream.accept().write(new TextEncoder().encode('hello')),
  })
  await clock.advance(60_000)
  const target = addressTarget(service.address)

  const look = async () => {
    const { times, sharedRandom } = await party.consensus()
    const keys = target.keys(fetchEpoch(times, sharedRandom).period)
    const name = base64BareText.encode(keys.blindedKey)
    const text = network.relays.flatMap((relay) => relay.stored.get(name)?.at(-1) ?? []).at(-1)?.text ?? ''
    const { nowSeconds } = network
    const outer = decodeDescriptor(text).verify({ blindedKey: keys.blindedKey, nowSeconds })
    const middle = openMiddleLayer(outer, keys.subcredential)
    if (middle === undefined) throw new Error('not the descriptor of this service')
    const points = openInnerLayer(outer, middle, { subcredential: keys.subcredential, nowSeconds })
    return { point: points?.[0] as IntroductionPoint, keys }
  }
  const { point, keys } = await look()
  const handshake = startHandshake(
    { authKey: point.authKey, encKey: point.encKey, subcredential: keys.introductionCredential },
    rng,
  )
  const { hop } = network.relays[0] as (typeof network.relays)[0]
  /** A request with a cookie of its own. */
  const make = (where: readonly LinkSpecifier[] = linkSpecifiers(hop)) =>
    encodeIntroduce1(point.authKey, handshake, {
      rendezvousCookie: rng.bytes(20),
      onionKey: hop.ntorKey,
      linkSpecifiers: where,
    })
  const circuitTo = () =>
    party.buildCircuit({
      length: 4,
      second: [],
      last: hopOf(point.linkSpecifiers, point.onionKey) as typeof hop,
    })
  /** Sends it as it is: the introduction point's status. */
  const introduce = async (circuit: Circuit, message: Uint8Array) => {
    const acknowledged = circuit.nextMessage(RELAY.introduceAck)
    circuit.send(RELAY.introduce1, message)
    return (await acknowledged)[1]
  }
  const greet = async () => {
    let said: string | undefined
    void new OnionConnector(party).connect(target, 80).then(async (stream) => {
      said = new TextDecoder().decode(await stream.read())
    })
    for (let ms = 0; ms < 120_000 && said === undefined; ms += 500) await clock.advance(500)
    return said
  }
  return { clock, rng, network, met, point, handshake, make, circuitTo, introduce, greet }
}

describe('an INTRODUCE2', { timeout: 120_000 }, () => {
  it('that is garbage, malformed or repeated makes the service build nothing', async () => {
    const { clock, rng, met, point, handshake, make, circuitTo, introduce, greet } = await stage('silent')
    const circuit = await circuitTo()
    const say = async (message: Uint8Array) => {
      expect(await introduce(circuit, message)).toBe(0)
      await clock.advance(1000)
    }
    for (let i = 0; i < 5; i++) await say(encodeGarbageIntroduce1(point.authKey, rng))
    const { header } = decodeIntroduce2(make())
    for (let length = 0; length < 5; length++)
      await say(new Uint8Array([...header, ...handshake.encrypt(header, rng.bytes(40 * length))]))
    await say(make([]))
    expect(met.count).toBe(0)
    const once = make()
    for (let i = 0; i < 5; i++) await say(once)
    expect(met.count).toBe(1)
    expect(await greet()).toBe('hello')
  })

  it('cannot be repeated, however many come: before cookies are forgotten, introduction points are replaced', async () => {
    const { clock, network, met, make, circuitTo, introduce, greet } = await stage('flood')
    const heard = make()
    const circuit = await circuitTo()
    await introduce(circuit, heard)
    await clock.advance(1000)
    expect(met.count).toBe(1)
    const before = network.relays.filter((relay) => relay.introductionCircuits > 0)
    expect(before).toHaveLength(3)
    for (let i = 1; i < NEARLY_FULL; i++) await introduce(circuit, make([]))
    expect(before.every((relay) => relay.introductionCircuits === 0)).toBe(true)
    expect(await introduce(await circuitTo(), heard)).toBe(1)
    await clock.advance(60_000)
    expect(met.count).toBe(1)
    expect(network.relays.filter((relay) => relay.introductionCircuits > 0)).toHaveLength(3)
    expect(await greet()).toBe('hello')
  })
})
