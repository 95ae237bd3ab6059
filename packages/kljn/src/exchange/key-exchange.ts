import { equalBytes } from '@warren/primitives/bytes'
import { hexText } from '@warren/primitives/encoding'
import type { Rng } from '@warren/primitives/rng'
import { Secret } from '@warren/primitives/secret'
import { unsafeSeededRng } from '@warren/primitives/seeded-rng'
import { countDifferences } from '../distil/bits.ts'
import { type Ledger, residualInformationBits } from '../distil/ledger.ts'
import { KljnError } from '../errors.ts'
import { preSharedKeyBytes } from './public-channel.ts'
import { type EveResult, runEve } from './roles/eve.ts'
import { type PartyResult, runParty } from './roles/party.ts'
import { joinedPorts, type Port } from './roles/port.ts'
import { checkSettings, type SessionSettings } from './roles/settings.ts'
import { type Intrusion, runWire } from './roles/wire.ts'

/** Frames either way that a session's pre-shared key allows. */
const MOST_FRAMES = 4096

/** Everything that decides how a session goes, in a form that can be sent to a worker. */
export interface SessionPlan {
  settings: SessionSettings
  intrusion: Intrusion
  /** Eve turns one bit of this frame of the public channel; undefined: she only listens. */
  tamperWithFrame: number | undefined
  preSharedKey: Uint8Array
  /** Seeds of the four roles' random numbers, 32 bytes each as hex. */
  seeds: { alice: string; bob: string; wire: string }
}

/** The lines between the roles: the wire's three, and the public channel, which passes through Eve's hands. */
export interface SessionPorts {
  alice: { wire: Port; peer: Port }
  bob: { wire: Port; peer: Port }
  wire: { alice: Port; bob: Port; eve: Port }
  eve: { wire: Port; alice: Port; bob: Port }
}

export type RoleName = keyof SessionPorts
export type RoleResult = { alice: PartyResult; bob: PartyResult; wire: undefined; eve: EveResult }

/** One role to its end: the same code in a worker and in this process. */
export async function runRole<R extends RoleName>(
  role: R,
  plan: SessionPlan,
  ports: SessionPorts[R],
): Promise<RoleResult[R]> {
  const { settings, preSharedKey, seeds } = plan
  // A simulation: its noise is pseudorandom, so its keys protect nothing.
  const roles: { [K in RoleName]: (p: SessionPorts[K]) => Promise<RoleResult[K]> } = {
    alice: (p) => runParty('alice', p, settings, preSharedKey, unsafeSeededRng(seeds.alice)),
    bob: (p) => runParty('bob', p, settings, preSharedKey, unsafeSeededRng(seeds.bob)),
    wire: async (p) => {
      await runWire(p, settings, plan.intrusion, unsafeSeededRng(seeds.wire))
      return undefined
    },
    eve: (p) => runEve(p, settings, plan.tamperWithFrame),
  }
  return roles[role](ports)
}

export interface KeyExchangeOptions {
  settings: SessionSettings
  intrusion?: Intrusion
  tamperWithFrame?: number
}

export interface KeyExchange {
  alice: Secret
  bob: Secret
  equal: boolean
  ledger: Ledger
  /** Sifted bits that differed before correction, and how many there were. Known to the referee only. */
  siftedBits: number
  siftedErrors: number
  /** Bits that Cascade turned. */
  corrected: number
  comparison: PartyResult['comparison']
  /** Pre-shared key that authentication has used up, in bits, at either party. */
  authenticationKeyBits: number
  frames: number
  publicBytes: number
  eve: {
    /** Her best possible chance to guess a sifted bit, from the model. */
    bound: number
    /** What she got right of Alice's sifted bits, by the optimal test. */
    right: number
    /** ln(p(HL)/p(LH)) of each, and what it was. */
    ratios: Float64Array
    truth: Uint8Array
    /** A bound on what she knows of the final key, in bits. */
    informationBits: number
  }
}

export function planSession(
  { settings, intrusion, tamperWithFrame }: KeyExchangeOptions,
  rng: Rng,
): SessionPlan {
  checkSettings(settings)
  const seed = () => hexText.encode(rng.bytes(32))
  return {
    settings,
    intrusion: intrusion ?? { kind: 'none' },
    tamperWithFrame,
    preSharedKey: rng.bytes(preSharedKeyBytes(MOST_FRAMES)),
    seeds: { alice: seed(), bob: seed(), wire: seed() },
  }
}

/**
 * The whole exchange inside this process: Alice, Bob, Eve and the wire as four concurrent roles that share nothing but
 * messages. `separateKeyExchange` of `@warren/kljn/key-exchange` gives each a thread of its own where there are threads. Rejects with KljnError: `kljn/alarm` where
 * the line was interfered with, `kljn/authentication` where the public channel was, `kljn/no-secret-left` where Eve may
 * know too much, `kljn/parameter`.
 */
export async function keyExchange(options: KeyExchangeOptions, rng: Rng): Promise<KeyExchange> {
  const plan = planSession(options, rng)
  const [aliceWire, wireAlice] = joinedPorts()
  const [bobWire, wireBob] = joinedPorts()
  const [eveWire, wireEve] = joinedPorts()
  const [alicePeer, eveAlice] = joinedPorts()
  const [bobPeer, eveBob] = joinedPorts()
  return referee(plan, [
    runRole('alice', plan, { wire: aliceWire, peer: alicePeer }),
    runRole('bob', plan, { wire: bobWire, peer: bobPeer }),
    runRole('wire', plan, { alice: wireAlice, bob: wireBob, eve: wireEve }),
    runRole('eve', plan, { wire: eveWire, alice: eveAlice, bob: eveBob }),
  ])
}

/** Waits for all four, and compares what nobody inside the session could compare. */
export async function referee(
  plan: SessionPlan,
  roles: readonly [Promise<PartyResult>, Promise<PartyResult>, Promise<undefined>, Promise<EveResult>],
): Promise<KeyExchange> {
  const ends = await Promise.allSettled(roles)
  const reasons = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason as unknown] : []))
  if (reasons.length > 0) {
    // when one role gives up the others hear only that the line is dead: report the one that knows why
    const why = reasons.find((reason) => !(reason instanceof KljnError && reason.code === 'kljn/protocol'))
    throw why ?? reasons[0]
  }
  const [alice, bob, , eve] = await Promise.all(roles)
  const { ledger } = alice
  const truth = alice.unsafeSifted
  return {
    alice: new Secret(alice.key),
    bob: new Secret(bob.key),
    equal: equalBytes(alice.key, bob.key),
    ledger,
    siftedBits: truth.length,
    siftedErrors: countDifferences(truth, bob.unsafeSifted),
    corrected: bob.corrected,
    comparison: alice.comparison,
    authenticationKeyBits: alice.authenticationKeyBits,
    frames: eve.publicFrames,
    publicBytes: eve.publicBytes,
    eve: {
      bound: ledger.guess,
      right: 1 - countDifferences(eve.guesses, truth) / Math.max(1, truth.length),
      ratios: eve.ratios,
      truth,
      informationBits: residualInformationBits(ledger.minEntropyBits, plan.settings.keyBits),
    },
  }
}
