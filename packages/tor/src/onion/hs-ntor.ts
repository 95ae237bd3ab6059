import { aesCtr } from '@warren/primitives/aes-ctr'
import { concatBytes, equalBytes, utf8 } from '@warren/primitives/bytes'
import { sha3_256, shake256 } from '@warren/primitives/hash'
import type { Rng } from '@warren/primitives/rng'
import { ByteWriter } from '@warren/primitives/wire'
import { x25519PublicKey, x25519SharedSecret } from '@warren/primitives/x25519'
import { TorError } from '../errors.ts'

/** [NTOR-WITH-EXTRA-DATA]; names are the specification's. */
const PROTOID = utf8('tor-hs-ntor-curve25519-sha3-256-1')
const T_HSENC = concatBytes(PROTOID, utf8(':hs_key_extract'))
const T_HSVERIFY = concatBytes(PROTOID, utf8(':hs_verify'))
const T_HSMAC = concatBytes(PROTOID, utf8(':hs_mac'))
const M_HSEXPAND = concatBytes(PROTOID, utf8(':hs_key_expand'))
const SERVER = utf8('Server')
const IV = new Uint8Array(16)
export const MAC_BYTES = 32
const KEY_BYTES = 32
const PUBLIC_KEY_BYTES = 32
const SUBCREDENTIAL_BYTES = 32
/** Y and AUTH. */
export const HANDSHAKE_INFO_BYTES = PUBLIC_KEY_BYTES + MAC_BYTES

/** MAC(k, m) = SHA3-256(u64 len k | k | m). */
export function hsMac(key: Uint8Array, ...message: readonly Uint8Array[]): Uint8Array {
  return sha3_256(new ByteWriter(8).u64(key.length).finish(), key, ...message)
}

export interface KeyPair {
  publicKey: Uint8Array
  secretKey: Uint8Array
}

export function generateX25519(rng: Rng): KeyPair {
  const secretKey = rng.bytes(32)
  return { secretKey, publicKey: x25519PublicKey(secretKey) }
}

/** Keys of the rendezvous hop (§4.2.1): digests and AES-256 keys, forward from the client to the service. */
export interface RendezvousKeys {
  forwardDigest: Uint8Array
  backwardDigest: Uint8Array
  forwardKey: Uint8Array
  backwardKey: Uint8Array
}

function expandKeys(seed: Uint8Array): RendezvousKeys {
  const keys = shake256(4 * KEY_BYTES, seed, M_HSEXPAND)
  const at = (i: number) => keys.slice(i * KEY_BYTES, (i + 1) * KEY_BYTES)
  return { forwardDigest: at(0), backwardDigest: at(1), forwardKey: at(2), backwardKey: at(3) }
}

function introductionKeys(introSecretHsInput: Uint8Array, subcredential: Uint8Array) {
  const keys = shake256(KEY_BYTES + MAC_BYTES, introSecretHsInput, T_HSENC, M_HSEXPAND, subcredential)
  return { encKey: keys.subarray(0, KEY_BYTES), macKey: keys.subarray(KEY_BYTES) }
}

function finish(parts: {
  XY: Uint8Array
  XB: Uint8Array
  authKey: Uint8Array
  B: Uint8Array
  X: Uint8Array
  Y: Uint8Array
}) {
  const { XY, XB, authKey, B, X, Y } = parts
  const rendSecretHsInput = concatBytes(XY, XB, authKey, B, X, Y, PROTOID)
  const seed = hsMac(rendSecretHsInput, T_HSENC)
  const verify = hsMac(rendSecretHsInput, T_HSVERIFY)
  const auth = hsMac(concatBytes(verify, authKey, B, Y, X, PROTOID, SERVER), T_HSMAC)
  return { auth, keys: expandKeys(seed) }
}

/** What a client knows of the introduction point that it uses. */
export interface IntroductionTarget {
  authKey: Uint8Array
  /** B. */
  encKey: Uint8Array
  /** N_hs_subcred, or what stands for it where a secret enters the handshake. */
  subcredential: Uint8Array
}

/** A client's half, burnt by its first answer, wrong ones too. */
export interface ClientHandshake {
  /** CLIENT_PK | ENCRYPTED_DATA | MAC, for an introduction that begins with `header`. */
  encrypt(header: Uint8Array, plaintext: Uint8Array): Uint8Array
  /** Throws TorError `tor/hs-ntor` where the answer is not the service's. */
  complete(handshakeInfo: Uint8Array): RendezvousKeys
}

export function startHandshake(target: IntroductionTarget, rng: Rng): ClientHandshake {
  const { authKey, encKey: B } = target
  const x = generateX25519(rng)
  const X = x.publicKey
  const XB = x25519SharedSecret(x.secretKey, B)
  let isOver = false
  return {
    encrypt(header, plaintext) {
      const { encKey, macKey } = introductionKeys(
        concatBytes(XB, authKey, X, B, PROTOID),
        target.subcredential,
      )
      const ciphertext = aesCtr(encKey, IV, plaintext)
      // The MAC covers the message from LEGACY_KEY_ID on, not from AUTH_KEY as the specification has it.
      return concatBytes(X, ciphertext, hsMac(macKey, header, X, ciphertext))
    },
    complete(handshakeInfo) {
      if (isOver) throw new TorError('tor/hs-ntor', 'A rendezvous handshake was answered twice.')
      isOver = true
      if (handshakeInfo.length !== HANDSHAKE_INFO_BYTES)
        throw new TorError('tor/hs-ntor', 'The service answered with a handshake of the wrong length.')
      const Y = handshakeInfo.slice(0, PUBLIC_KEY_BYTES)
      let XY: Uint8Array
      try {
        XY = x25519SharedSecret(x.secretKey, Y)
      } catch (cause) {
        throw new TorError('tor/hs-ntor', 'The service answered with a key of small order.', { cause })
      } finally {
        x.secretKey.fill(0)
      }
      const { auth, keys } = finish({ XY, XB, authKey, B, X, Y })
      if (!equalBytes(auth, handshakeInfo.subarray(PUBLIC_KEY_BYTES)))
        throw new TorError('tor/hs-ntor', 'The answer at the rendezvous point is not from the service.')
      return keys
    },
  }
}

/** An introduction that fits one of the service's subcredentials. */
export interface OpenedIntroduction {
  /** Index of the subcredential that fits. */
  match: number
  plaintext: Uint8Array
  /** HANDSHAKE_INFO for RENDEZVOUS1, and the keys of the circuit. */
  answer(rng: Rng): { handshakeInfo: Uint8Array; keys: RendezvousKeys }
}

/**
 * Opens an introduction with one X25519 computation and one MAC for every subcredential. All of them are tried and
 * every MAC is compared, whichever fits, so that the work tells nobody who came, nor whether anybody fits.
 * `undefined` where none fits or the client's key is of small order.
 */
export function openIntroduction(
  own: { authKey: Uint8Array; encryption: KeyPair },
  subcredentials: readonly Uint8Array[],
  header: Uint8Array,
  encrypted: Uint8Array,
): OpenedIntroduction | undefined {
  if (encrypted.length < PUBLIC_KEY_BYTES + MAC_BYTES) return undefined
  const { authKey } = own
  const B = own.encryption.publicKey
  const X = encrypted.slice(0, PUBLIC_KEY_BYTES)
  const ciphertext = encrypted.subarray(PUBLIC_KEY_BYTES, encrypted.length - MAC_BYTES)
  const mac = encrypted.subarray(encrypted.length - MAC_BYTES)
  let XB: Uint8Array
  try {
    XB = x25519SharedSecret(own.encryption.secretKey, X)
  } catch {
    return undefined
  }
  const secret = concatBytes(XB, authKey, X, B, PROTOID)
  // Both inputs are laid out once; each trial changes its own 32 bytes of them.
  const keyInput = concatBytes(secret, T_HSENC, M_HSEXPAND, new Uint8Array(SUBCREDENTIAL_BYTES))
  const macInput = concatBytes(
    new ByteWriter(8).u64(MAC_BYTES).finish(),
    new Uint8Array(MAC_BYTES),
    header,
    X,
    ciphertext,
  )
  let match = -1
  for (let i = 0; i < subcredentials.length; i++) {
    keyInput.set(subcredentials[i] as Uint8Array, keyInput.length - SUBCREDENTIAL_BYTES)
    macInput.set(shake256(KEY_BYTES + MAC_BYTES, keyInput).subarray(KEY_BYTES), 8)
    const fits = equalBytes(sha3_256(macInput), mac)
    match = fits ? i : match
  }
  if (match < 0) return undefined
  const { encKey } = introductionKeys(secret, subcredentials[match] as Uint8Array)
  return {
    match,
    plaintext: aesCtr(encKey, IV, ciphertext),
    answer(rng) {
      const y = generateX25519(rng)
      const Y = y.publicKey
      const { auth, keys } = finish({ XY: x25519SharedSecret(y.secretKey, X), XB, authKey, B, X, Y })
      y.secretKey.fill(0)
      return { handshakeInfo: concatBytes(Y, auth), keys }
    },
  }
}
