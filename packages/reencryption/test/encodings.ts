import { utf8 } from '@warren/primitives/bytes'
import type { Rng } from '@warren/primitives/rng'
import { Secret } from '@warren/primitives/secret'
import { ConstantsCache, ReencryptionError, type Suite } from '@warren/reencryption'
import { expect } from 'vitest'

/** One example of every encoding of a suite, and what takes it in. */
export interface Encoding {
  name: string
  bytes: Uint8Array
  /** What takes the bytes in; must throw for every other bytes. */
  accept(bytes: Uint8Array): void
}

const context = utf8('strict')

export function encodings(suite: Suite, rng: Rng): Encoding[] {
  const [a, b, c] = [0, 1, 2].map(() => suite.generateKeyPair(rng))
  if (a === undefined || b === undefined || c === undefined) throw new Error('unreachable')
  const possession = suite.provePossession(a.secretKey, context, rng)
  const { capsule } = suite.encapsulate(a.publicKey, context, rng)
  const ab = suite.reencryptionKey(a.secretKey, b.publicKey, rng)
  const bc = suite.reencryptionKey(b.secretKey, c.publicKey, rng)
  const second = suite.reencrypt(ab, capsule, rng)
  const third = suite.reencrypt(bc, second, rng, undefined, ab)
  const { locked, secret } = suite.lockReencryptionKey(ab, rng)
  const list: Encoding[] = [
    {
      name: 'public key',
      bytes: a.publicKey,
      accept: (bytes) => suite.checkPossession(bytes, possession, context),
    },
    {
      name: 'secret key',
      bytes: Uint8Array.from(a.secretKey.reveal()),
      accept: (bytes) => suite.decapsulate(new Secret(bytes), capsule, context),
    },
    {
      name: 'possession',
      bytes: possession,
      accept: (bytes) => suite.checkPossession(a.publicKey, bytes, context),
    },
    {
      name: 'capsule of level 1, taken in',
      bytes: capsule,
      accept: (bytes) => suite.checkCapsule(bytes, a.publicKey, context),
    },
    {
      name: 'capsule of level 1, opened',
      bytes: capsule,
      accept: (bytes) => suite.decapsulate(a.secretKey, bytes, context),
    },
    {
      name: 'capsule of level 2, opened',
      bytes: second,
      accept: (bytes) => suite.decapsulate(b.secretKey, bytes, context),
    },
    {
      name: 'capsule of level 2, re-encrypted',
      bytes: second,
      accept: (bytes) => suite.reencrypt(bc, bytes, rng, undefined, ab),
    },
    {
      name: 'capsule of level 3, opened',
      bytes: third,
      accept: (bytes) => suite.decapsulate(c.secretKey, bytes, context),
    },
    {
      name: 're-encryption key',
      bytes: ab,
      accept: (bytes) => suite.checkReencryptionKey(bytes, a.publicKey, b.publicKey),
    },
    {
      name: 'locked re-encryption key',
      bytes: locked,
      accept: (bytes) => suite.unlockReencryptionKey(bytes, secret),
    },
    {
      name: 'the secret of a lock',
      bytes: Uint8Array.from(secret.reveal()),
      accept: (bytes) => suite.unlockReencryptionKey(locked, new Secret(bytes)),
    },
  ]
  const { path } = suite
  if (path === undefined) return list
  const cache = new ConstantsCache()
  const opening = path.opening([ab, bc], rng)
  path.learn(c.secretKey, opening, cache)
  return [
    ...list,
    {
      name: 'opening of a path',
      bytes: opening,
      accept: (bytes) => path.learn(c.secretKey, bytes, new ConstantsCache()),
    },
    {
      name: 'path capsule',
      bytes: path.reencrypt([ab, bc], capsule, rng),
      accept: (bytes) => suite.decapsulate(c.secretKey, bytes, context, cache),
    },
  ]
}

/** Every place where bytes are taken in, checked already or not: what is no encoding of its kind is refused there too. */
export function takers(suite: Suite, rng: Rng): Encoding[] {
  const [a, b, c] = [0, 1, 2].map(() => suite.generateKeyPair(rng))
  if (a === undefined || b === undefined || c === undefined) throw new Error('unreachable')
  const { capsule } = suite.encapsulate(a.publicKey, context, rng)
  const ab = suite.reencryptionKey(a.secretKey, b.publicKey, rng)
  const bc = suite.reencryptionKey(b.secretKey, c.publicKey, rng)
  const second = suite.reencrypt(ab, capsule, rng)
  const possession = suite.provePossession(a.secretKey, context, rng)
  const secret = Uint8Array.from(a.secretKey.reveal())
  const taker = (name: string, bytes: Uint8Array, accept: (bytes: Uint8Array) => void): Encoding => ({
    name,
    bytes,
    accept,
  })
  const list = [
    taker('public key, encapsulate', a.publicKey, (x) => suite.encapsulate(x, context, rng)),
    taker('public key, reencryptionKey', b.publicKey, (x) => suite.reencryptionKey(a.secretKey, x, rng)),
    taker('public key, checkCapsule', a.publicKey, (x) => suite.checkCapsule(capsule, x, context)),
    taker('public key of A, checkReencryptionKey', a.publicKey, (x) =>
      suite.checkReencryptionKey(ab, x, b.publicKey),
    ),
    taker('public key of B, checkReencryptionKey', b.publicKey, (x) =>
      suite.checkReencryptionKey(ab, a.publicKey, x),
    ),
    taker('public key, checkPossession', a.publicKey, (x) => suite.checkPossession(x, possession, context)),
    taker('secret key, publicKeyOf', secret, (x) => suite.publicKeyOf(new Secret(x))),
    taker('secret key, provePossession', secret, (x) => suite.provePossession(new Secret(x), context, rng)),
    taker('secret key, reencryptionKey', secret, (x) =>
      suite.reencryptionKey(new Secret(x), b.publicKey, rng),
    ),
    taker('re-encryption key, reencrypt', ab, (x) => suite.reencrypt(x, capsule, rng)),
    taker('re-encryption key, reencryptAlong', ab, (x) => suite.reencryptAlong([x], capsule, rng)),
    taker('re-encryption key, lockReencryptionKey', ab, (x) => suite.lockReencryptionKey(x, rng)),
    taker('capsule of level 1, reencrypt', capsule, (x) => suite.reencrypt(ab, x, rng)),
    taker('capsule of level 2, reencrypt', second, (x) => suite.reencrypt(bc, x, rng, undefined, ab)),
    taker('capsule, levelOf', second, (x) => suite.levelOf(x)),
  ]
  const { path } = suite
  if (path === undefined) return list
  const cache = new ConstantsCache()
  const moved = path.reencrypt([ab, bc], capsule, rng)
  return [
    ...list,
    taker('re-encryption key of the step before, reencrypt', ab, (x) =>
      suite.reencrypt(bc, second, rng, undefined, x),
    ),
    taker('re-encryption key, opening', bc, (x) => path.opening([ab, x], rng)),
    taker('re-encryption key, reencrypt in path form', bc, (x) => path.reencrypt([ab, x], capsule, rng)),
    taker('capsule, reencrypt in path form', capsule, (x) => path.reencrypt([ab, bc], x, rng)),
    taker('path capsule, knows', moved, (x) => path.knows(c.publicKey, x, cache)),
    taker('public key, knows', c.publicKey, (x) => path.knows(x, moved, cache)),
  ]
}

/** What the call throws, or `accepted`. */
export function outcome(accept: () => void): unknown {
  try {
    accept()
    return 'accepted'
  } catch (error) {
    return error
  }
}

export function expectRefused({ name, accept }: Encoding, changed: Uint8Array, how: string): void {
  const error = outcome(() => accept(changed))
  if (!(error instanceof ReencryptionError)) expect.fail(`${name}, ${how}: ${String(error)}`)
  expect(error.message).toBe('re-encryption: a key, a capsule or a proof was refused')
  expect(error.cause).toBeUndefined()
}

/** Refused with any one bit of every `stride`-th byte flipped. */
export function expectFlipsRefused(encoding: Encoding, stride: number): void {
  for (let at = 0; at < encoding.bytes.length; at += stride) {
    const changed = Uint8Array.from(encoding.bytes)
    changed[at] = (changed[at] as number) ^ (1 << (at % 8))
    expectRefused(encoding, changed, `byte ${at} flipped`)
  }
}
