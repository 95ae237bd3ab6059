import { exactBeta, unsafePaperBeta } from '@warren/kljn'
import * as aead from '@warren/primitives/aead'
import { concatBytes, utf8 } from '@warren/primitives/bytes'
import * as ed25519 from '@warren/primitives/ed25519'
import { hexText } from '@warren/primitives/encoding'
import { sha256 } from '@warren/primitives/hash'
import { hkdfSha256 } from '@warren/primitives/kdf'
import { unsafeSeededRng } from '@warren/primitives/seeded-rng'
import * as sim from '@warren/reactive'
import { ConstantsCache, loadSuite, type SuiteId } from '@warren/reencryption'
import type { ReencryptionPool } from '@warren/reencryption/batch-web'

/** Generate, encapsulate, re-encrypt twice, decapsulate: every byte of it in one digest. */
async function reencryption(id: SuiteId): Promise<string> {
  const suite = await loadSuite(id)
  const rng = unsafeSeededRng(`browser ${id}`)
  const context = utf8('browser')
  const [alice, bob, carol] = [1, 2, 3].map(() => suite.generateKeyPair(rng))
  if (alice === undefined || bob === undefined || carol === undefined) throw new Error('three key pairs')
  const { key, capsule } = suite.encapsulate(alice.publicKey, context, rng)
  const first = suite.reencryptionKey(alice.secretKey, bob.publicKey, rng)
  const second = suite.reencryptionKey(bob.secretKey, carol.publicKey, rng)
  const atBob = suite.reencrypt(first, capsule, rng)
  const atCarol = suite.reencrypt(second, atBob, rng, undefined, first)
  const opened = suite.decapsulate(carol.secretKey, atCarol, context)
  if (!opened.equals(key)) throw new Error(`${id}: another key came out`)
  return hexText.encode(sha256(concatBytes(capsule, first, second, atBob, atCarol, opened.reveal())))
}

/** Forty capsules through the workers of a pool, one of them spoilt: how many opened, were refused, or came out wrong. */
export async function batch(id: SuiteId, pool: ReencryptionPool): Promise<string> {
  const suite = await loadSuite(id)
  const rng = unsafeSeededRng(`browser batch ${id}`)
  const context = utf8('browser')
  const alice = suite.generateKeyPair(rng)
  const bob = suite.generateKeyPair(rng)
  const rk = suite.reencryptionKey(alice.secretKey, bob.publicKey, rng)
  const made = Array.from({ length: 40 }, () => suite.encapsulate(alice.publicKey, context, rng))
  const jobs = made.map(({ capsule }, i) => ({
    chain: [rk],
    capsule: i === 7 ? capsule.subarray(1) : capsule,
  }))
  const moved = await pool.reencryptBatch(jobs)
  const cache = new ConstantsCache()
  const outcome = (capsule: Uint8Array | undefined, i: number) => {
    if (capsule === undefined) return 'refused'
    const key = suite.decapsulate(bob.secretKey, capsule, context, cache)
    return made[i]?.key.equals(key) === true ? 'opened' : 'wrong'
  }
  const outcomes = moved.map(outcome)
  const count = (name: string) => outcomes.filter((each) => each === name).length
  return `${count('opened')} opened, ${count('refused')} refused, ${count('wrong')} wrong`
}

/** The lottery of the reactive engine's README: one distance, and what is proved for all k. */
function lottery(): string {
  const structure = (wins: sim.Term) => {
    const buy = () => sim.either(wins, sim.deliver('result', 'won'), sim.deliver('result', 'lost'))
    return sim.openStructure('lottery', [
      sim.machine('draw', { ports: ['buy?', 'result!', 'result◁!'], on: { 'buy?': buy } }),
    ])
  }
  const user = sim.machine('H', {
    ports: ['clk◁?', 'buy!', 'buy◁!', 'result?'],
    counters: { n: sim.counter('clk◁?', { last: 2 }) },
    on: { 'clk◁?': () => sim.deliver('buy', 'a ticket') },
    final: (_, { n }) => n.is('last'),
  })
  const real = sim.configuration(structure(sim.x.plus('1/2')), user)
  const ideal = sim.configuration(structure('1/2'), user)
  return sim.prefixDistance(sim.pair(real, ideal, 10), 2).lower.toString()
}

/** What primitives give, whichever of their two implementations is behind them. */
function primitives(): string {
  const rng = unsafeSeededRng('browser primitives')
  const [key, nonce, seed] = [rng.bytes(32), rng.bytes(12), rng.bytes(32)]
  const sealed = aead.seal(key, nonce, utf8('text'), utf8('place'))
  const opened = aead.open(key, nonce, sealed, utf8('place'))
  const derived = hkdfSha256(key, undefined, utf8('label'), 32)
  const publicKey = ed25519.ed25519PublicKey(seed)
  const signature = ed25519.ed25519Sign(seed, sealed)
  return hexText.encode(sha256(concatBytes(sealed, opened, derived, publicKey, signature)))
}

/** The same numbers in Node and in a browser, or one of them is wrong. */
export async function compute(): Promise<Record<string, string | number>> {
  const ohms = { highOhms: 9000, lowOhms: 1000, cableOhms: 200 }
  return {
    'cai-liu': await reencryption('cai-liu'),
    split: await reencryption('split'),
    primitives: primitives(),
    lottery: lottery(),
    'exact beta': exactBeta(ohms),
    'paper beta': unsafePaperBeta(ohms),
  }
}
