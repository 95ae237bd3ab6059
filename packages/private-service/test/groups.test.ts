import { hexText } from '@warren/primitives/encoding'
import { RELAY } from '@warren/tor/circuit'
import {
  directoriesFor,
  encodeIntroduce1,
  fetchEpoch,
  type IntroductionPoint,
  networkSeconds,
  startHandshake,
} from '@warren/tor/onion'
import { describe, expect, it } from 'vitest'
import { openClientDescriptor } from '../src/client-descriptor.ts'
import { decodeCredential } from '../src/client-key.ts'
import { connectPrivateService } from '../src/client.ts'
import { COMMON_GROUP, groupName, IntroductionGroups, MOST_GROUPS } from '../src/introduction-group.ts'
import { clientPeriodKeys } from '../src/period-keys.ts'
import { decodeState } from '../src/state.ts'
import { eventually, stage } from './stage.ts'

type Stage = Awaited<ReturnType<typeof stage>>

/** What a client reads in the descriptor that the directories have of it now. */
async function read({ network, tor }: Stage, credential: Uint8Array) {
  const consensus = await tor.consensus()
  const epoch = fetchEpoch(consensus.times, consensus.sharedRandom)
  const keys = clientPeriodKeys(decodeCredential(credential), epoch.period)
  const name = Buffer.from(keys.blindedKey).toString('base64').replace('=', '')
  const held = directoriesFor(consensus, epoch, keys.blindedKey, 'store')
    .flatMap(({ hop }) => network.relays.find((relay) => relay.hop === hop)?.stored.get(name) ?? [])
    .toSorted((a, b) => b.revision - a.revision)[0]
  const opened = openClientDescriptor(held?.text ?? '', keys, networkSeconds(consensus, tor.clock))
  if (opened === undefined) throw new Error('the descriptor does not open')
  return { keys, name, revision: opened.revision, points: opened.introductionPoints }
}

const authKeys = (points: readonly IntroductionPoint[]) =>
  points.map(({ authKey }) => hexText.encode(authKey)).toSorted()

const relaysOf = ({ network }: Stage, points: readonly IntroductionPoint[]) =>
  points.map(({ linkSpecifiers }) => network.relays.indexOf(network.relayOf(linkSpecifiers)))

/** Introduces `credential` at a point, whoever was told of that point; with what cookie is the sender's choice. */
async function introduce(
  at: Stage,
  point: IntroductionPoint,
  credential: Uint8Array,
  cookie = at.rng.bytes(20),
): Promise<void> {
  const relay = at.network.relayOf(point.linkSpecifiers)
  const { keys } = await read(at, credential)
  const handshake = startHandshake(
    {
      authKey: point.authKey,
      encKey: point.encKey,
      subcredential: keys.introductionCredential,
    },
    at.rng,
  )
  const circuit = await at.tor.buildCircuit({ length: 4, second: [], last: relay.hop })
  circuit.send(
    RELAY.introduce1,
    encodeIntroduce1(point.authKey, handshake, {
      rendezvousCookie: cookie,
      onionKey: at.rng.bytes(32),
      linkSpecifiers: point.linkSpecifiers,
    }),
  )
  await at.clock.advance(100)
  circuit.close()
}

describe('introduction groups', { timeout: 120_000 }, () => {
  it('share introduction points and keys within, and neither relay nor key with another', async () => {
    const at = await stage('compare')
    const [alice, bob] = [await at.invite('Alice'), await at.invite('Bob')]
    const [carol, dave] = [await at.invite('Carol', 'choir'), await at.invite('Dave', 'choir')]
    const [a, b, c, d] = await Promise.all(
      [alice, bob, carol, dave].map(({ credential }) => read(at, credential)),
    )
    expect(authKeys(a?.points ?? [])).toEqual(authKeys(b?.points ?? []))
    expect(authKeys(c?.points ?? [])).toEqual(authKeys(d?.points ?? []))
    const all = [...(a?.points ?? []), ...(c?.points ?? [])]
    expect(new Set(authKeys(all)).size).toBe(6)
    expect(new Set(all.map(({ encKey }) => hexText.encode(encKey))).size).toBe(6)
    expect(new Set(relaysOf(at, all)).size).toBe(6)
    expect(at.service.status()).toMatchObject({
      introductionPoints: 6,
      groups: [
        { name: 'common', clients: 2, introductionPoints: 3 },
        { name: 'choir', clients: 2, introductionPoints: 3 },
      ],
    })
    for (const [label, { credential }] of Object.entries({ Alice: alice, Dave: dave }))
      expect(await at.greet(credential)).toBe(label)
  })

  it('are one for all unless the owner says otherwise: the protocol of the paper', async () => {
    const at = await stage('one')
    for (const label of ['Alice', 'Bob', 'Carol']) await at.service.invite(label)
    await at.clock.advance(300_000)
    expect(at.service.clients().map(({ group }) => group)).toEqual(Array(3).fill(COMMON_GROUP))
    expect(at.service.status().groups).toHaveLength(1)
    expect(at.network.relays.reduce((sum, relay) => sum + relay.introductionCircuits, 0)).toBe(3)
  })

  it('are not interrupted by a removal in another: no new point, no new descriptor, no closed circuit', async () => {
    const at = await stage('removal')
    const [alice, bob] = [await at.invite('Alice'), await at.invite('Bob')]
    const [carol, dave] = [await at.invite('Carol', 'choir'), await at.invite('Dave', 'choir')]
    const before = await read(at, alice.credential)
    const hers = await read(at, carol.credential)
    const { length } = at.network.uploads

    await at.service.remove(dave.id)
    // At once, before anything is published anew: Alice and Bob are served, Carol is not.
    const [greeted, missed] = await Promise.allSettled([
      connectPrivateService({ tor: at.tor, credential: bob.credential }),
      eventually(at.clock, connectPrivateService({ tor: at.tor, credential: carol.credential }), 2000),
    ])
    expect(greeted.status).toBe('fulfilled')
    expect(missed.status).toBe('rejected')
    await at.clock.advance(300_000)

    const after = await read(at, alice.credential)
    expect(after.revision).toBe(before.revision)
    expect(authKeys(after.points)).toEqual(authKeys(before.points))
    const uploaded = new Set(at.network.uploads.slice(length).map(({ key }) => key))
    expect(uploaded).toContain(hers.name)
    expect(uploaded).not.toContain(before.name)
    const old = new Set(authKeys(hers.points))
    expect(authKeys((await read(at, carol.credential)).points).some((key) => old.has(key))).toBe(false)
    expect(await at.greet(carol.credential)).toBe('Carol')
  })

  it('meet a client of another group with the silence of an unknown one', async () => {
    const at = await stage('stranger')
    const [alice, carol] = [await at.invite('Alice'), await at.invite('Carol', 'choir')]
    const [own, others] = [await read(at, alice.credential), await read(at, carol.credential)]
    const silences = () => ({ ...at.service.status().silences })
    await introduce(at, others.points[0] as IntroductionPoint, alice.credential)
    expect(silences()).toEqual({ malformed: 0, 'unknown-client': 1, replayed: 0, 'over-limit': 0 })
    // The same request, at a point of her own group: admitted.
    await introduce(at, own.points[0] as IntroductionPoint, alice.credential)
    expect(silences()).toEqual({ malformed: 0, 'unknown-client': 1, replayed: 0, 'over-limit': 0 })
  })

  it('do not tell by a rendezvous cookie that two clients chose alike; within one group that tells', async () => {
    const at = await stage('cookie')
    const [alice, bob] = [await at.invite('Alice'), await at.invite('Bob')]
    const carol = await at.invite('Carol', 'choir')
    const cookie = at.rng.bytes(20)
    const introducing = async ({ credential }: typeof alice) =>
      introduce(at, (await read(at, credential)).points[0] as IntroductionPoint, credential, cookie)
    await introducing(alice)
    await introducing(carol)
    expect(at.service.status().silences.replayed).toBe(0)
    await introducing(bob)
    expect(at.service.status().silences.replayed).toBe(1)
    // Nor does a removal in one group let requests to another, whose points stand, be repeated.
    await at.service.remove((await at.invite('Dave', 'choir')).id)
    await introducing(bob)
    expect(at.service.status().silences.replayed).toBe(2)
  })

  it('outlive a restart, and end with their last client', async () => {
    const at = await stage('restart')
    await at.invite('Alice')
    const carol = await at.invite('Carol', 'choir')
    await at.service.close()
    const plain = await at.state.sealer.open(at.state.held.sealed as Uint8Array)
    expect(decodeState(plain).groups.map(({ name }) => name)).toEqual(['common', 'choir'])
    const again = await at.start()
    await at.clock.advance(300_000)
    expect(again.clients().map(({ label, group }) => [label, group])).toEqual([
      ['Alice', 'common'],
      ['Carol', 'choir'],
    ])
    expect(await at.greet(carol.credential)).toBe('Carol')
    await again.remove(carol.id)
    await at.clock.advance(60_000)
    expect(again.status().groups).toEqual([{ name: 'common', clients: 1, introductionPoints: 3 }])
    expect(at.network.relays.reduce((sum, relay) => sum + relay.introductionCircuits, 0)).toBe(3)
    await eventually(at.clock, again.published)
    await again.close()
  })

  it('that nobody is left in keep nobody waiting for the publication', async () => {
    const at = await stage('waiting')
    const carol = await at.service.invite('Carol', { group: 'choir' })
    const published = at.service.published
    await at.service.remove(carol.id)
    await eventually(at.clock, published)
    await at.service.close()
  })

  it('stand where others stand once the network is too small for all', async () => {
    const at = await stage('small')
    for (let i = 0; i < 7; i++) await at.service.invite(`client ${i}`, { group: `group-${i}` })
    await eventually(at.clock, at.service.published)
    // Eight groups of three, twenty relays.
    expect(at.service.status().introductionPoints).toBe(24)
    expect(at.network.relays.every(({ introductionCircuits }) => introductionCircuits > 0)).toBe(true)
    await at.service.close()
  })

  it('are refused beyond sixteen, and with a name that is none, before anything is made', async () => {
    const at = await stage('names')
    for (const group of ['', 'Choir', 'the choir', '-choir', 'cho_ir', 'chœur', 'x'.repeat(33), 'choir\n'])
      await expect(at.service.invite('Carol', { group })).rejects.toMatchObject({
        code: 'private-service/group',
        kind: 'bad-input',
      })
    expect(at.service.clients()).toEqual([])
    const groups = new IntroductionGroups()
    for (let i = 1; i < MOST_GROUPS; i++) groups.obtain(`group-${i}`)
    expect(() => groups.obtain('one-more')).toThrow(
      expect.objectContaining({ code: 'private-service/too-many-groups', kind: 'conflict' }),
    )
    expect(groups.obtain('group-3').name).toBe('group-3')
    expect(groups.all()).toHaveLength(MOST_GROUPS)
    for (const name of ['a', '7', 'book-club', 'x'.repeat(32)]) expect(groupName(name)).toBe(name)
    await at.service.close()
  })
})
