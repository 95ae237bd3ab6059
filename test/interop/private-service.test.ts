import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hexText } from '@warren/primitives/encoding'
import { systemRng } from '@warren/primitives/rng'
import {
  connectPrivateService,
  createPrivateClient,
  createPrivateService,
  type PrivateService,
} from '@warren/private-service'
import { fileStateStore } from '@warren/private-service/file-store'
import {
  clientPeriodKeys,
  decodeCredential,
  encodeCredential,
  generateClientKey,
  openClientDescriptor,
} from '@warren/private-service/protocol'
import { describeWithTools } from '@warren/testkit/tools-node'
import { networkConfiguration, startTorNetwork, type TorNetwork } from '@warren/testkit/tor-network-node'
import { createTorClient, hopOf, type NodeTorClient, onionNetwork, RELAY } from '@warren/tor'
import {
  blindingFactor,
  blindPublicKey,
  decodeDescriptor,
  directoriesFor,
  encodeGarbageIntroduce1,
  encodeIntroduce1,
  fetchDescriptor,
  fetchEpoch,
  type IntroductionPoint,
  networkSeconds,
  type OnionNetwork,
  openInnerLayer,
  openMiddleLayer,
  startHandshake,
  subcredential,
  Vanguards,
} from '@warren/tor/onion'
import { afterAll, beforeAll, expect, it } from 'vitest'

/** State in memory, sealed by a keystore that stands for the device's. */
function memoryState() {
  let held: Uint8Array | undefined
  const flip = (bytes: Uint8Array) => Promise.resolve(bytes.map((byte) => byte ^ 0xa5))
  return {
    store: {
      load: () => Promise.resolve(held),
      save: (bytes: Uint8Array) => {
        held = Uint8Array.from(bytes)
        return Promise.resolve()
      },
    },
    sealer: { seal: flip, open: flip },
  }
}

type Invited = Awaited<ReturnType<PrivateService['invite']>>

const QUICK = { spacingMs: 200, spreadMs: 200 }

describeWithTools(['tor', 'tor-gencert'], 'the mapping of the paper onto version 3, on real relays', () => {
  let network: TorNetwork
  let host: NodeTorClient
  let guest: NodeTorClient
  let tor: OnionNetwork
  let vanguards: Vanguards
  let service: PrivateService
  const state = memoryState()
  let alice: Invited
  let bob: Invited
  const greeted: string[] = []

  const start = () =>
    createPrivateService({
      tor: onionNetwork(host.core),
      ...state,
      delay: QUICK,
      onConnection: ({ label, stream }) => {
        greeted.push(label)
        void stream.write(new TextEncoder().encode(`hello ${label}`)).then(() => stream.end())
      },
    })

  beforeAll(async () => {
    network = await startTorNetwork()
    const directory = networkConfiguration(network)
    ;[host, guest] = await Promise.all([createTorClient({ directory }), createTorClient({ directory })])
    tor = onionNetwork(guest.core)
    vanguards = new Vanguards(tor)
    service = await start()
    alice = await service.invite('Alice')
    bob = await service.invite('Bob')
    await service.published
  })
  afterAll(async () => {
    await service?.close()
    host?.close()
    guest?.close()
    await network?.stop()
  })

  async function greeting(credential: Uint8Array): Promise<string> {
    const stream = await connectPrivateService({ tor, credential })
    const parts: string[] = []
    for (let bytes = await stream.read(); bytes !== undefined; bytes = await stream.read())
      parts.push(new TextDecoder().decode(bytes))
    return parts.join('')
  }

  async function keysOf(credential: Uint8Array) {
    const { times, sharedRandom } = await tor.consensus()
    const epoch = fetchEpoch(times, sharedRandom)
    return { epoch, keys: clientPeriodKeys(decodeCredential(credential), epoch.period) }
  }

  /** What each responsible directory answers for a blinded key. */
  async function answers(blindedKey: Uint8Array): Promise<(string | undefined)[]> {
    const consensus = await tor.consensus()
    const epoch = fetchEpoch(consensus.times, consensus.sharedRandom)
    const directories = directoriesFor(consensus, epoch, blindedKey, 'store')
    return Promise.all(
      directories.map(({ hop }) => fetchDescriptor(tor, vanguards, hop, blindedKey).catch(() => undefined)),
    )
  }

  async function descriptorOf(credential: Uint8Array) {
    const consensus = await tor.consensus()
    const { keys } = await keysOf(credential)
    const text = (await answers(keys.blindedKey)).find((answer) => answer !== undefined)
    if (text === undefined) throw new Error('no directory has the descriptor')
    const opened = openClientDescriptor(text, keys, networkSeconds(consensus, tor.clock))
    return { text, ...(opened as NonNullable<typeof opened>) }
  }

  /** Sends an INTRODUCE1 as it is, on a circuit of its own: the introduction point's status. */
  async function introduce(point: IntroductionPoint, message: Uint8Array): Promise<number> {
    const hop = hopOf(point.linkSpecifiers, point.onionKey)
    if (hop === undefined) throw new Error('the introduction point cannot be reached')
    const circuit = await vanguards.circuitTo(hop, 'client-introduction')
    try {
      const acknowledged = circuit.nextMessage(RELAY.introduceAck)
      circuit.send(RELAY.introduce1, message)
      return ((await acknowledged)[1] as number) ?? -1
    } finally {
      circuit.close()
    }
  }

  function request(point: IntroductionPoint, credential: Uint8Array): Uint8Array {
    const handshake = startHandshake(
      { authKey: point.authKey, encKey: point.encKey, subcredential: credential },
      systemRng,
    )
    return encodeIntroduce1(point.authKey, handshake, {
      rendezvousCookie: systemRng.bytes(20),
      onionKey: point.onionKey,
      linkSpecifiers: point.linkSpecifiers,
    })
  }

  async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
    for (let tries = 0; tries < 300; tries++) {
      if (await isSo()) return
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    throw new Error(`${what} did not happen`)
  }

  it('CK: each client has an identity of its own, and the service knows who comes', async () => {
    const said = await Promise.all([greeting(alice.credential), greeting(bob.credential)])
    expect(said).toEqual(['hello Alice', 'hello Bob'])
    expect(new Set(greeted)).toEqual(new Set(['Alice', 'Bob']))
    const [a, b] = await Promise.all([keysOf(alice.credential), keysOf(bob.credential)])
    expect(a.keys.blindedKey).not.toEqual(b.keys.blindedKey)
  })

  it('DC in the identifier: directories know the key blinded with s, and none without it', async () => {
    const { epoch, keys } = await keysOf(alice.credential)
    const { publicKey } = decodeCredential(alice.credential)
    const without = blindPublicKey(publicKey, blindingFactor(publicKey, epoch.period))
    expect((await answers(keys.blindedKey)).some((answer) => answer !== undefined)).toBe(true)
    expect((await answers(without)).every((answer) => answer === undefined)).toBe(true)
  })

  it('descriptor identifiers and replicas: every responsible directory of C-tor accepted the descriptor', async () => {
    const { keys } = await keysOf(bob.credential)
    await until('publication at every directory', async () =>
      (await answers(keys.blindedKey)).every((answer) => answer !== undefined),
    )
  })

  it('IK: the same introduction points for all clients, with keys that are in no other establishment', async () => {
    const [a, b] = await Promise.all([descriptorOf(alice.credential), descriptorOf(bob.credential)])
    const names = (points: readonly IntroductionPoint[]) =>
      points.map((point) => hexText.encode(point.authKey)).toSorted()
    expect(names(a.introductionPoints)).toEqual(names(b.introductionPoints))
    expect(new Set(names(a.introductionPoints)).size).toBe(3)
    expect(new Set(a.introductionPoints.map((point) => hexText.encode(point.encKey))).size).toBe(3)
  })

  it('K_DC(IPO, IK): who knows A and the descriptor, but not s, does not read the introduction points', async () => {
    const consensus = await tor.consensus()
    const nowSeconds = networkSeconds(consensus, tor.clock)
    const { text } = await descriptorOf(alice.credential)
    const { publicKey } = decodeCredential(alice.credential)
    const outer = decodeDescriptor(text).verify({ nowSeconds })
    const known = subcredential(publicKey, outer.blindedKey)
    const middle = openMiddleLayer(outer, known)
    expect(middle).toBeDefined()
    const secrets = { subcredential: known, nowSeconds }
    expect(openInnerLayer(outer, middle as NonNullable<typeof middle>, secrets)).toBeUndefined()
  })

  it('DC in the introduction: acknowledged by the relay, and met with silence without s, or as garbage', async () => {
    const { introductionPoints } = await descriptorOf(alice.credential)
    const point = introductionPoints[0] as IntroductionPoint
    const { keys } = await keysOf(alice.credential)
    const before = service.status().silences['unknown-client']
    expect(await introduce(point, request(point, keys.subcredential))).toBe(0)
    expect(await introduce(point, encodeGarbageIntroduce1(point.authKey, systemRng))).toBe(0)
    await until('two silences', () => service.status().silences['unknown-client'] === before + 2)
  })

  it('replayed rendezvous cookies: a request sent twice is answered once', async () => {
    const { introductionPoints } = await descriptorOf(bob.credential)
    const point = introductionPoints[1] as IntroductionPoint
    const { keys } = await keysOf(bob.credential)
    const message = request(point, keys.introductionCredential)
    expect(await introduce(point, message)).toBe(0)
    expect(await introduce(point, message)).toBe(0)
    await until('a silence', () => service.status().silences.replayed === 1)
  })

  it('the limit: ten requests an hour of one client, and another is still served', async () => {
    const carol = await service.invite('Carol')
    await until('publication for Carol', async () => {
      const { keys } = await keysOf(carol.credential)
      return (await answers(keys.blindedKey)).every((answer) => answer !== undefined)
    })
    const { introductionPoints } = await descriptorOf(carol.credential)
    const { keys } = await keysOf(carol.credential)
    for (let i = 0; i < 12; i++) {
      const point = introductionPoints[i % 3] as IntroductionPoint
      await introduce(point, request(point, keys.introductionCredential))
    }
    await until('the limit', () => service.status().silences['over-limit'] === 2)
    expect(await greeting(alice.credential)).toBe('hello Alice')
    await service.remove(carol.id)
    await service.published
  })

  it('introduction groups: no relay or key is in two, and a removal interrupts only its own', async () => {
    const [carol, erin] = [
      await service.invite('Carol', { group: 'choir' }),
      await service.invite('Erin', { group: 'choir' }),
    ]
    await service.published
    const pointsOf = async ({ credential }: Invited) => (await descriptorOf(credential)).introductionPoints
    const [own, others] = [await pointsOf(alice), await pointsOf(carol)]
    const names = (points: readonly IntroductionPoint[]) =>
      points.map((point) => hexText.encode(point.authKey)).toSorted()
    const relays = (points: readonly IntroductionPoint[]) =>
      points.map((point) => hexText.encode(point.onionKey))
    expect(names(await pointsOf(erin))).toEqual(names(others))
    expect(new Set(names([...own, ...others])).size).toBe(6)
    expect(new Set(relays([...own, ...others])).size).toBe(6)

    // A client of one group at a point of the other: acknowledged, and silence, as for anybody.
    const { keys } = await keysOf(alice.credential)
    const strangers = service.status().silences['unknown-client']
    const foreign = others[0] as IntroductionPoint
    expect(await introduce(foreign, request(foreign, keys.introductionCredential))).toBe(0)
    await until('a silence', () => service.status().silences['unknown-client'] === strangers + 1)

    await service.remove(erin.id)
    expect(await greeting(alice.credential)).toBe('hello Alice')
    await service.published
    expect(await greeting(carol.credential)).toBe('hello Carol')
    expect(names(await pointsOf(alice))).toEqual(names(own))
    const old = new Set(names(others))
    expect(names(await pointsOf(carol)).some((name) => old.has(name))).toBe(false)
    await service.remove(carol.id)
    expect(service.status().groups).toEqual([{ name: 'common', clients: 2, introductionPoints: 3 }])
  })

  it('removal: connections end, introduction points are replaced, and "removed" looks like "switched off" and "never was"', async () => {
    const dave = await service.invite('Dave')
    await until(
      'Dave is served',
      async () => (await greeting(dave.credential).catch(() => '')) === 'hello Dave',
    )
    const { keys } = await keysOf(dave.credential)
    const remembered = (await descriptorOf(dave.credential)).introductionPoints
    const open = createPrivateClient({ tor, credential: dave.credential })
    const connection = await open.connect()
    const ended = connection.closed

    const probed = () =>
      Promise.all(remembered.map((point) => introduce(point, request(point, keys.introductionCredential))))
    const observe = async () => {
      const found = (await answers(keys.blindedKey)).map((answer) =>
        answer === undefined ? 404 : 'a descriptor',
      )
      const statuses = await probed()
      const error = (await greeting(dave.credential).catch((e: unknown) => e)) as Error & { code: string }
      return { found, statuses, code: error.code, message: error.message, cause: error.cause }
    }

    await service.remove(dave.id)
    await ended
    // The end of a circuit travels over four relays: until then its last relay acknowledges (README, limits).
    await until('the old introduction points are gone', async () =>
      (await probed()).every((status) => status === 1),
    )
    const removed = await observe()
    expect(removed.statuses).toEqual([1, 1, 1])
    expect(removed.code).toBe('private-service/unreachable')
    await service.published
    expect(await greeting(alice.credential)).toBe('hello Alice')
    const fresh = (await descriptorOf(alice.credential)).introductionPoints
    const old = new Set(remembered.map((point) => hexText.encode(point.authKey)))
    expect(fresh.some((point) => old.has(hexText.encode(point.authKey)))).toBe(false)

    await service.close()
    const off = await observe()
    expect(off).toEqual(removed)

    const stranger = generateClientKey('nobody', 0, systemRng)
    const never = (await greeting(encodeCredential(stranger)).catch((e: unknown) => e)) as typeof removed
    expect({ code: never.code, message: never.message, cause: never.cause }).toEqual({
      code: removed.code,
      message: removed.message,
      cause: removed.cause,
    })
    open.close()
  })

  it('restart: nobody is lost', async () => {
    service = await start()
    await service.published
    expect(service.clients().map((client) => client.label)).toEqual(['Alice', 'Bob'])
    expect(await greeting(alice.credential)).toBe('hello Alice')
    expect(await greeting(bob.credential)).toBe('hello Bob')
  })

  it('the README runs as it stands', async () => {
    const readme = await readFile(
      new URL('../../packages/private-service/README.md', import.meta.url),
      'utf8',
    )
    const snippet = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? ''
    const folder = await mkdtemp(join(tmpdir(), 'warren-readme-'))
    const given = {
      createPrivateClient,
      createPrivateService: (options: Parameters<typeof createPrivateService>[0]) =>
        createPrivateService({ ...options, delay: QUICK }),
      fileStateStore: (path: string) => fileStateStore(join(folder, path)),
      createTorClient: (options: Parameters<typeof createTorClient>[0]) =>
        createTorClient({ ...options, stateDirectory: join(folder, 'tor') }),
      onionNetwork,
      network: networkConfiguration(network),
      keystore: state.sealer,
    }
    const body = snippet.replaceAll(/^import .*$/gm, '')
    const run = new (Object.getPrototypeOf(async () => {}).constructor as FunctionConstructor)(
      ...Object.keys(given),
      `${body}\nclient.close(); await service.close(); tor.close(); return greeting`,
    ) as (...values: unknown[]) => Promise<string>
    expect(await run(...Object.values(given))).toBe('hello Alice')
    await rm(folder, { recursive: true })
  })

  it('relays that die: an introduction point is replaced, and clients come through', async () => {
    const findVictim = async () => {
      const { introductionPoints } = await descriptorOf(alice.credential)
      const addresses = introductionPoints.map(
        (point) => hopOf(point.linkSpecifiers, point.onionKey)?.addresses[0],
      )
      return network.relays.find((relay) =>
        addresses.some((address) => address?.address === relay.address && address.port === relay.orPort),
      )
    }
    let victim = await findVictim()
    // All three are authorities, which the network needs: a removal makes the service choose anew.
    for (; victim === undefined; victim = await findVictim()) {
      await service.remove((await service.invite('nobody')).id)
      await service.published
    }
    const { orPort } = victim
    await victim.stop('SIGKILL')
    await until('another introduction point', async () => {
      const points = await descriptorOf(alice.credential).catch(() => undefined)
      const ports = points?.introductionPoints.map(
        (point) => hopOf(point.linkSpecifiers, point.onionKey)?.addresses[0]?.port,
      )
      return ports?.length === 3 && !ports.includes(orPort)
    })
    await until(
      'the service is reached',
      async () => (await greeting(alice.credential).catch(() => '')) === 'hello Alice',
    )
  })
})
