import { concatBytes, utf8 } from '@warren/primitives/bytes'
import { ed25519PublicKey, ed25519Sign, ed25519Verify } from '@warren/primitives/ed25519'
import { base64BareText, base64Text } from '@warren/primitives/encoding'
import type { Rng } from '@warren/primitives/rng'
import { DecodeError } from '@warren/primitives/wire'
import {
  argumentOf,
  decodeBase64,
  decodeWhole,
  encodeObject,
  exactlyOne,
  objectOf,
  parseDocument,
} from '../directory/document.ts'
import { decodeEd25519Certificate } from '../link/ed25519-certificate.ts'
import { type BlindedKeyPair, signWithBlindedKey } from './blinding.ts'
import { CERTIFICATE_TYPE, encodeDescriptorCertificate, verifyDescriptorCertificate } from './certificate.ts'
import {
  type AuthClient,
  CLIENT_ID_BYTES,
  CLIENT_IV_BYTES,
  DESCRIPTOR_COOKIE_BYTES,
} from './client-authorisation.ts'
import { decryptLayer, encryptLayer } from './descriptor-encryption.ts'
import {
  asciiText,
  decodeInnerDescriptor,
  encodeInnerDescriptor,
  type IntroductionPoint,
} from './introduction-point.ts'

/** Directories refuse more (consensus parameter HSV3MaxDescriptorSize). */
export const LARGEST_DESCRIPTOR_BYTES = 50_000
/** What C-tor writes [DESC-OUTER]. */
export const DESCRIPTOR_LIFETIME_MINUTES = 180
const LARGEST_LIFETIME_MINUTES = 720
const SHORTEST_LIFETIME_MINUTES = 30
/** The middle layer is padded to a multiple of this [§2.5.1.1]. */
const PADDING_BYTES = 10_000
/** HS_DESC_CERT_LIFETIME of C-tor. */
const CERTIFICATE_HOURS = 54
const SIGNATURE_PREFIX = utf8('Tor onion service descriptor sig v3')

/** Everything that a descriptor is made of. */
export interface DescriptorContent {
  blinded: BlindedKeyPair
  subcredential: Uint8Array
  revision: number
  introductionPoints: readonly IntroductionPoint[]
  /** The auth-client lines, a multiple of sixteen, with the ephemeral key they were made under. */
  authClients: { ephemeralKey: Uint8Array; lines: readonly AuthClient[] }
  /** Enters the key of the inner layer; absent where anybody who knows the address may read it. */
  cookie?: Uint8Array
  /** For the certificates' expiry, rounded to hours. */
  nowSeconds: number
}

/** The descriptor's text. A fresh signing key is made for it, so that the blinded key signs only a certificate. */
export function encodeDescriptor(content: DescriptorContent, rng: Rng): string {
  const { blinded, subcredential, revision } = content
  const signingSeed = rng.bytes(32)
  const signer = {
    publicKey: ed25519PublicKey(signingSeed),
    sign: (message: Uint8Array) => ed25519Sign(signingSeed, message),
    expirationHours: Math.floor(content.nowSeconds / 3600) + CERTIFICATE_HOURS,
  }
  const inner = encryptLayer(
    {
      layer: 'hsdir-encrypted-data',
      secretData: concatBytes(blinded.publicKey, content.cookie ?? new Uint8Array(0)),
      subcredential,
      revision,
    },
    encodeInnerDescriptor(content.introductionPoints, signer),
    rng,
  )
  const middle = encryptLayer(
    { layer: 'hsdir-superencrypted-data', secretData: blinded.publicKey, subcredential, revision },
    pad(encodeMiddle(content.authClients, inner)),
    rng,
  )
  const certificate = encodeDescriptorCertificate({
    type: CERTIFICATE_TYPE.descriptorSigning,
    expirationHours: signer.expirationHours,
    subject: signer.publicKey,
    signer: blinded.publicKey,
    sign: (message) => signWithBlindedKey(blinded, message),
  })
  const body =
    'hs-descriptor 3\n' +
    `descriptor-lifetime ${DESCRIPTOR_LIFETIME_MINUTES}\n` +
    `descriptor-signing-key-cert\n${encodeObject('ED25519 CERT', certificate)}` +
    `revision-counter ${revision}\n` +
    `superencrypted\n${encodeObject('MESSAGE', middle)}`
  const signature = signer.sign(concatBytes(SIGNATURE_PREFIX, utf8(body)))
  return `${body}signature ${base64BareText.encode(signature)}\n`
}

function encodeMiddle(auth: DescriptorContent['authClients'], inner: Uint8Array): Uint8Array {
  const lines = auth.lines.map(
    (line) =>
      `auth-client ${base64BareText.encode(line.id)} ${base64BareText.encode(line.iv)} ${base64BareText.encode(line.encryptedCookie)}\n`,
  )
  // This document alone ends without a newline [§2.5.1.2].
  const encrypted = encodeObject('MESSAGE', inner).slice(0, -1)
  return utf8(
    `desc-auth-type x25519\ndesc-auth-ephemeral-key ${base64Text.encode(auth.ephemeralKey)}\n${lines.join('')}encrypted\n${encrypted}`,
  )
}

function pad(plaintext: Uint8Array): Uint8Array {
  const padded = new Uint8Array(Math.ceil(plaintext.length / PADDING_BYTES) * PADDING_BYTES)
  padded.set(plaintext)
  return padded
}

/** What a directory sees, once its signatures are checked. */
export interface OuterDescriptor {
  blindedKey: Uint8Array
  signingKey: Uint8Array
  revision: number
  lifetimeMinutes: number
  superencrypted: Uint8Array
}

/** A descriptor whose signatures nobody has checked yet. */
export interface SignedDescriptor {
  /**
   * Checks the certificate (by `blindedKey`, where the caller knows which it must be) and the signature.
   * Throws a DecodeError that says which check failed.
   */
  verify(expected: { blindedKey?: Uint8Array; nowSeconds: number }): OuterDescriptor
}

/** Parses the outer layer [DESC-OUTER]; every line in its place, nothing behind the signature. */
export function decodeDescriptor(text: string): SignedDescriptor {
  const what = 'descriptor'
  if (text.length > LARGEST_DESCRIPTOR_BYTES)
    throw new DecodeError(`${what}: larger than ${LARGEST_DESCRIPTOR_BYTES} bytes`)
  const items = parseDocument(text, what)
  if (items[0]?.keyword !== 'hs-descriptor' || items[0].arguments[0] !== '3')
    throw new DecodeError(`${what}: not of version 3`)
  const lifetimeMinutes = decodeWhole(
    argumentOf(exactlyOne(items, 'descriptor-lifetime', what), 0, what),
    what,
  )
  if (lifetimeMinutes < SHORTEST_LIFETIME_MINUTES || lifetimeMinutes > LARGEST_LIFETIME_MINUTES)
    throw new DecodeError(`${what}: lifetime out of range`)
  const revision = decodeWhole(argumentOf(exactlyOne(items, 'revision-counter', what), 0, what), what)
  const certificate = decodeEd25519Certificate(
    objectOf(exactlyOne(items, 'descriptor-signing-key-cert', what), 'ED25519 CERT', what),
  )
  const superencrypted = objectOf(exactlyOne(items, 'superencrypted', what), 'MESSAGE', what)
  const last = exactlyOne(items, 'signature', what)
  if (items.at(-1) !== last) throw new DecodeError(`${what}: signature is not last`)
  const signature = decodeBase64(argumentOf(last, 0, what), what, 64)
  const signed = concatBytes(SIGNATURE_PREFIX, utf8(text.slice(0, last.offset)))
  return {
    verify({ blindedKey = certificate.signer, nowSeconds }) {
      if (blindedKey === undefined) throw new DecodeError(`${what}: no blinded key`)
      const signingKey = verifyDescriptorCertificate(certificate, {
        type: CERTIFICATE_TYPE.descriptorSigning,
        signer: blindedKey,
        nowSeconds,
      })
      if (!ed25519Verify(signingKey, signed, signature)) throw new DecodeError(`${what}: wrong signature`)
      return { blindedKey, signingKey, revision, lifetimeMinutes, superencrypted }
    },
  }
}

/** The middle layer, as everybody reads it who knows the service's key. */
export interface MiddleDescriptor {
  ephemeralKey: Uint8Array
  authClients: readonly AuthClient[]
  encrypted: Uint8Array
}

/** Opens the middle layer; `undefined` where the subcredential does not fit. Throws DecodeError for garbage inside. */
export function openMiddleLayer(
  outer: OuterDescriptor,
  subcredential: Uint8Array,
): MiddleDescriptor | undefined {
  const what = 'middle descriptor'
  const plaintext = decryptLayer(
    {
      layer: 'hsdir-superencrypted-data',
      secretData: outer.blindedKey,
      subcredential,
      revision: outer.revision,
    },
    outer.superencrypted,
  )
  if (plaintext === undefined) return undefined
  const items = parseDocument(asciiText(plaintext), what)
  if (argumentOf(exactlyOne(items, 'desc-auth-type', what), 0, what) !== 'x25519')
    throw new DecodeError(`${what}: unknown kind of client authorisation`)
  const authClients = items
    .filter((item) => item.keyword === 'auth-client')
    .map((item) => ({
      id: decodeBase64(argumentOf(item, 0, what), what, CLIENT_ID_BYTES),
      iv: decodeBase64(argumentOf(item, 1, what), what, CLIENT_IV_BYTES),
      encryptedCookie: decodeBase64(argumentOf(item, 2, what), what, DESCRIPTOR_COOKIE_BYTES),
    }))
  return {
    ephemeralKey: decodeBase64(
      argumentOf(exactlyOne(items, 'desc-auth-ephemeral-key', what), 0, what),
      what,
      32,
    ),
    authClients,
    encrypted: objectOf(exactlyOne(items, 'encrypted', what), 'MESSAGE', what),
  }
}

/** Opens the inner layer; `undefined` where the cookie does not fit (or is missing, or is not needed). */
export function openInnerLayer(
  outer: OuterDescriptor,
  middle: MiddleDescriptor,
  secrets: { subcredential: Uint8Array; cookie?: Uint8Array; nowSeconds: number },
): IntroductionPoint[] | undefined {
  const plaintext = decryptLayer(
    {
      layer: 'hsdir-encrypted-data',
      secretData: concatBytes(outer.blindedKey, secrets.cookie ?? new Uint8Array(0)),
      subcredential: secrets.subcredential,
      revision: outer.revision,
    },
    middle.encrypted,
  )
  return plaintext === undefined
    ? undefined
    : decodeInnerDescriptor(plaintext, outer.signingKey, secrets.nowSeconds)
}
