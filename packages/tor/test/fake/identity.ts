import { generateKeyPairSync, type KeyObject, privateEncrypt, sign } from 'node:crypto'
import { concatBytes, utf8 } from '@warren/primitives/bytes'
import { ed25519PublicKey, ed25519Sign } from '@warren/primitives/ed25519'
import { hexText } from '@warren/primitives/encoding'
import { sha256, unsafeSha1 } from '@warren/primitives/hash'
import type { Rng } from '@warren/primitives/rng'
import { ByteWriter } from '@warren/primitives/wire'
import { x25519PublicKey } from '@warren/primitives/x25519'

/** Keys of a relay that exists in a test only. */
export interface FakeIdentity {
  rsaKey: KeyObject
  rsaPkcs1: Uint8Array
  rsaId: Uint8Array
  edSeed: Uint8Array
  ed25519Id: Uint8Array
  signingSeed: Uint8Array
  ntorSecret: Uint8Array
  ntorKey: Uint8Array
  /** What its TLS would show. */
  tlsCertificateSha256: Uint8Array
}

function rsaKeyPair(bits: number): { key: KeyObject; pkcs1: Uint8Array } {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: bits })
  return { key: privateKey, pkcs1: new Uint8Array(publicKey.export({ type: 'pkcs1', format: 'der' })) }
}

const made = new Map<string, ReturnType<typeof rsaKeyPair>>()

/** Making an RSA key takes long: one for each name in a run of tests. */
export function rsaKeyOf(name: string, bits: number): ReturnType<typeof rsaKeyPair> {
  const known = made.get(name) ?? rsaKeyPair(bits)
  made.set(name, known)
  return known
}

/** PKCS#1 v1.5 over bare bytes, as Tor signs. */
export function rsaSignBare(key: KeyObject, digest: Uint8Array): Uint8Array {
  return new Uint8Array(privateEncrypt(key, digest))
}

export function fakeIdentity(rng: Rng, rsaBits = 1024): FakeIdentity {
  const edSeed = rng.bytes(32)
  const rsa = rsaKeyOf(`${rsaBits} ${hexText.encode(edSeed)}`, rsaBits)
  const ntorSecret = rng.bytes(32)
  return {
    rsaKey: rsa.key,
    rsaPkcs1: rsa.pkcs1,
    rsaId: unsafeSha1(rsa.pkcs1),
    edSeed,
    ed25519Id: ed25519PublicKey(edSeed),
    signingSeed: rng.bytes(32),
    ntorSecret,
    ntorKey: x25519PublicKey(ntorSecret),
    tlsCertificateSha256: rng.bytes(32),
  }
}

function der(tag: number, ...parts: Uint8Array[]): Uint8Array {
  const content = concatBytes(...parts)
  const { length } = content
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >>> 8, length & 0xff]
  return concatBytes(Uint8Array.of(tag, ...size), content)
}

const SHA256_RSA = der(0x30, hexText.decode('06092a864886f70d01010b'), hexText.decode('0500'))
const RSA = der(0x30, hexText.decode('06092a864886f70d010101'), hexText.decode('0500'))

/** A self-signed certificate, valid from 2020 to 2040. */
export function selfSigned({ rsaKey, rsaPkcs1 }: Pick<FakeIdentity, 'rsaKey' | 'rsaPkcs1'>): Uint8Array {
  const tbs = der(
    0x30,
    der(0xa0, der(2, Uint8Array.of(2))),
    der(2, Uint8Array.of(1)),
    SHA256_RSA,
    der(0x30),
    der(0x30, der(0x17, utf8('200101000000Z')), der(0x17, utf8('400101000000Z'))),
    der(0x30),
    der(0x30, RSA, der(3, Uint8Array.of(0), rsaPkcs1)),
  )
  const signature = new Uint8Array(sign('sha256', tbs, rsaKey))
  return der(0x30, tbs, SHA256_RSA, der(3, Uint8Array.of(0), signature))
}

/** Hours since 1970; long after every test's clock. */
const FAR_HOURS = 2_000_000 >>> 0

export function edCertificate(fields: {
  type: number
  keyType: number
  subject: Uint8Array
  signerSeed: Uint8Array
  namesSigner?: boolean
  hours?: number
}): Uint8Array {
  const { type, keyType, subject, signerSeed, namesSigner = false, hours = FAR_HOURS } = fields
  const writer = new ByteWriter(128).u8(1).u8(type).u32(hours).u8(keyType).raw(subject)
  if (namesSigner) writer.u8(1).u16(32).u8(4).u8(0).raw(ed25519PublicKey(signerSeed))
  else writer.u8(0)
  const body = writer.finish()
  return concatBytes(body, ed25519Sign(signerSeed, body))
}

export function crossCertificate(identity: FakeIdentity, hours = FAR_HOURS): Uint8Array {
  const body = new ByteWriter(36).raw(identity.ed25519Id).u32(hours).finish()
  const digest = sha256(utf8('Tor TLS RSA/Ed25519 cross-certificate'), body)
  return concatBytes(body, new ByteWriter(200).bytes8(rsaSignBare(identity.rsaKey, digest)).finish())
}

/** The certificates of an honest relay, by their types in CERTS. */
export function honestCertificates(identity: FakeIdentity): Map<number, Uint8Array> {
  const { edSeed, signingSeed, tlsCertificateSha256 } = identity
  return new Map([
    [2, selfSigned(identity)],
    [
      4,
      edCertificate({
        type: 4,
        keyType: 1,
        subject: ed25519PublicKey(signingSeed),
        signerSeed: edSeed,
        namesSigner: true,
      }),
    ],
    [5, edCertificate({ type: 5, keyType: 3, subject: tlsCertificateSha256, signerSeed: signingSeed })],
    [7, crossCertificate(identity)],
  ])
}
