import { utf8 } from '@warren/primitives/bytes'
import {
  ED25519_SIGNATURE_BYTES,
  ed25519PublicKey,
  ed25519Sign,
  ed25519Verify,
} from '@warren/primitives/ed25519'
import type { Secret } from '@warren/primitives/secret'
import { ByteReader, ByteWriter } from '@warren/primitives/wire'
import { IdentityError } from './errors.ts'

// docs/formats/identity.md §2. What is signed is never the payload alone: the domain is part of the message, so that
// a signature made for one purpose is worth nothing for another.

/** Something that signs with Ed25519: a seed in memory, or a key that stays in hardware. */
export interface Signer {
  /** 32 bytes. */
  readonly publicKey: Uint8Array
  /** RFC 8032 signature over exactly `message`: 64 bytes. */
  sign(message: Uint8Array): Promise<Uint8Array> | Uint8Array
}

/** A signer whose seed (32 bytes) is in this process's memory. The seed stays the caller's to clear. */
export function softwareSigner(seed: Secret): Signer {
  return {
    publicKey: ed25519PublicKey(seed.reveal()),
    sign: (message) => ed25519Sign(seed.reveal(), message),
  }
}

/** How one kind of payload is signed and read. */
export interface SignedFormat<T> {
  /** Says what the signature is for: 1 … 255 bytes of UTF-8, such as `warren/identity/certificate/1`. */
  readonly domain: string
  readonly payloadLimit: number
  decode(payload: Uint8Array): T
}

const PREFIX = utf8('warren/signed/1')

function signedMessage(domain: string, payload: Uint8Array): Uint8Array {
  const tag = utf8(domain)
  if (tag.length === 0) throw new RangeError('domain: empty')
  return new ByteWriter(payload.length + 64).raw(PREFIX).u8(0).bytes8(tag).raw(payload).finish()
}

/** A detached signature, 64 bytes, over `payload` in `domain`. */
export async function signDetached(domain: string, payload: Uint8Array, signer: Signer): Promise<Uint8Array> {
  const signature = await signer.sign(signedMessage(domain, payload))
  if (signature.length !== ED25519_SIGNATURE_BYTES)
    throw new RangeError(`signature: expected ${ED25519_SIGNATURE_BYTES} bytes, got ${signature.length}`)
  return signature
}

/** Throws IdentityError `identity/signature` unless `signature` is `signDetached(domain, payload)` by this key. */
export function verifyDetached(
  domain: string,
  payload: Uint8Array,
  signature: Uint8Array,
  publicKey: Uint8Array,
): void {
  if (!ed25519Verify(publicKey, signedMessage(domain, payload), signature))
    throw new IdentityError('identity/signature', 'auth-failed', `signature does not verify (${domain})`)
}

/** payload (u32 length) ‖ signature (64). */
export async function signBytes(
  domain: string,
  payload: Uint8Array,
  signer: Signer,
): Promise<Uint8Array<ArrayBuffer>> {
  const signature = await signDetached(domain, payload, signer)
  return new ByteWriter(payload.length + 68).bytes32(payload).raw(signature).finish()
}

/** A payload whose signature has not been checked: it can be passed on, and gives itself up to `verify` only. */
export class Signed<T> {
  readonly #format: SignedFormat<T>
  readonly #payload: Uint8Array<ArrayBuffer>
  readonly #signature: Uint8Array<ArrayBuffer>

  private constructor(
    format: SignedFormat<T>,
    payload: Uint8Array<ArrayBuffer>,
    signature: Uint8Array<ArrayBuffer>,
  ) {
    this.#format = format
    this.#payload = payload
    this.#signature = signature
  }

  /** Splits the bytes, checks nothing. Throws DecodeError for a wrong shape. */
  static decode<T>(format: SignedFormat<T>, bytes: Uint8Array): Signed<T> {
    const reader = new ByteReader(bytes, format.domain)
    const payload = reader.bytes32(format.payloadLimit)
    const signature = reader.raw(ED25519_SIGNATURE_BYTES)
    reader.end()
    return new Signed(format, payload, signature)
  }

  encode(): Uint8Array<ArrayBuffer> {
    return new ByteWriter(this.#payload.length + 68).bytes32(this.#payload).raw(this.#signature).finish()
  }

  /** Throws IdentityError `identity/signature`; the payload is decoded after the check, not before. */
  verify(publicKey: Uint8Array): T {
    verifyDetached(this.#format.domain, this.#payload, this.#signature, publicKey)
    return this.#format.decode(this.#payload)
  }

  /** To find out which key to verify with (a self-certified key, an author's id). Trust nothing else in it. */
  unsafePeek(): T {
    return this.#format.decode(this.#payload)
  }
}
