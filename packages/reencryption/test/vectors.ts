import { utf8 } from '@warren/primitives/bytes'
import { hexText } from '@warren/primitives/encoding'
import { unsafeSeededRng } from '@warren/primitives/seeded-rng'
import { ConstantsCache, type KeyPair, type Suite } from '@warren/reencryption'

/** Everything a suite encodes, made from one seed: the frozen vectors are this, as of version 1. */
export function makeVectors(suite: Suite): Record<string, string> {
  const rng = unsafeSeededRng(`re-encryption vectors 1 ${suite.id}`)
  const context = utf8('vector context')
  const [a, b, c] = [0, 1, 2].map(() => suite.generateKeyPair(rng)) as [KeyPair, KeyPair, KeyPair]
  const possession = suite.provePossession(a.secretKey, context, rng)
  const { key, capsule } = suite.encapsulate(a.publicKey, context, rng)
  const ab = suite.reencryptionKey(a.secretKey, b.publicKey, rng)
  const bc = suite.reencryptionKey(b.secretKey, c.publicKey, rng)
  const second = suite.reencrypt(ab, capsule, rng)
  const third = suite.reencrypt(bc, second, rng, undefined, ab)
  const { locked, secret } = suite.lockReencryptionKey(ab, rng)
  const out: Record<string, Uint8Array> = {
    context,
    'secretKey A': a.secretKey.reveal(),
    'publicKey A': a.publicKey,
    'secretKey B': b.secretKey.reveal(),
    'publicKey B': b.publicKey,
    'secretKey C': c.secretKey.reveal(),
    'publicKey C': c.publicKey,
    'possession A': possession,
    key: key.reveal(),
    'capsule level 1': capsule,
    'reencryptionKey A→B': ab,
    'reencryptionKey B→C': bc,
    'capsule level 2': second,
    'capsule level 3': third,
    'locked A→B': locked,
    'secret of locked A→B': secret.reveal(),
  }
  if (suite.path !== undefined) {
    out['path opening A→B→C'] = suite.path.opening([ab, bc], rng)
    out['path capsule'] = suite.path.reencrypt([ab, bc], capsule, rng)
  }
  return Object.fromEntries(Object.entries(out).map(([name, bytes]) => [name, hexText.encode(bytes)]))
}

/** Opens every capsule of a vector file with the secret keys it names; true if each gives its key. */
export function vectorsOpen(
  suite: Suite,
  vectors: Record<string, string>,
  secretOf: (hex: string) => KeyPair['secretKey'],
): boolean {
  const bytes = (name: string) => hexText.decode(vectors[name] ?? '')
  const opens = (holder: string, capsule: string, cache?: ConstantsCache) =>
    hexText.encode(
      suite
        .decapsulate(secretOf(vectors[`secretKey ${holder}`] ?? ''), bytes(capsule), bytes('context'), cache)
        .reveal(),
    ) === vectors['key']
  const direct =
    opens('A', 'capsule level 1') && opens('B', 'capsule level 2') && opens('C', 'capsule level 3')
  if (suite.path === undefined) return direct
  const cache = new ConstantsCache()
  suite.path.learn(secretOf(vectors['secretKey C'] ?? ''), bytes('path opening A→B→C'), cache)
  return direct && opens('C', 'path capsule', cache)
}
