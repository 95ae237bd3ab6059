import { aesCtr } from '@warren/primitives/aes-ctr'
import { concatBytes, equalBytes, utf8 } from '@warren/primitives/bytes'
import { sha3_256, shake256 } from '@warren/primitives/hash'
import type { Rng } from '@warren/primitives/rng'
import { ByteWriter } from '@warren/primitives/wire'
import { x25519PublicKey, x25519SharedSecret } from '@warren/primitives/x25519'
import { TorError } from '../errors.ts'

/** HTYPE of CREATE2 and EXTEND2 (tor-spec, "The ntor-v3 handshake"; proposal 332). Names are the specification's. */
export const NTOR_V3_HTYPE = 3
const PROTOID = 'ntor3-curve25519-sha3_256-1'
const PROTOID_BYTES = utf8(PROTOID)
const T_MSGKDF = tweak('kdf_phase1')
const T_MSGMAC = tweak('msg_mac')
const T_KEY_SEED = tweak('key_seed')
const T_VERIFY = tweak('verify')
const T_FINAL = tweak('kdf_final')
const T_AUTH = tweak('auth_final')
const SERVER = utf8('Server')
/** VER where a circuit is made or extended: no specification gives it, C-tor and Arti do. */
const CIRCUIT_EXTEND = utf8('circuit extend')
const IV = new Uint8Array(16)
/** ID_LEN, PUB_KEY_LEN, DIGEST_LEN, MAC_LEN, ENC_KEY_LEN and MAC_KEY_LEN. */
const BYTES = 32
/** NODEID, KEYID, CLIENT_PK and MAC: a request without its message. */
const REQUEST_BYTES = 4 * BYTES
/** Y and AUTH: an answer without its message. */
const REPLY_BYTES = 2 * BYTES

function encap(bytes: Uint8Array): Uint8Array {
  return new ByteWriter(8 + bytes.length).u64(bytes.length).raw(bytes).finish()
}

/** ENCAP(t) for a tweak t. */
function tweak(name: string): Uint8Array {
  return encap(utf8(`${PROTOID}:${name}`))
}

/** What both sides know before the answer. */
interface Known {
  /** 32 bytes: Ed25519 identity. */
  ID: Uint8Array
  B: Uint8Array
  X: Uint8Array
  /** X·b, the client's B·x. */
  Bx: Uint8Array
  verification: Uint8Array
}

/** The keys of the client's message: no forward secrecy, the relay's onion key opens it. */
function messageKeys({ ID, B, X, Bx, verification }: Known): { encKey: Uint8Array; macKey: Uint8Array } {
  const keys = shake256(2 * BYTES, T_MSGKDF, Bx, ID, X, B, PROTOID_BYTES, encap(verification))
  return { encKey: keys.subarray(0, BYTES), macKey: keys.subarray(BYTES) }
}

function messageMac({ ID, B, X }: Known, macKey: Uint8Array, encrypted: Uint8Array): Uint8Array {
  return sha3_256(T_MSGMAC, encap(macKey), ID, B, X, encrypted)
}

/** `verify` for AUTH, ENC_KEY for the answer's message, and `keyBytes` of KEYSTREAM. */
function finish(known: Known, Yx: Uint8Array, Y: Uint8Array, keyBytes: number) {
  const { ID, B, X, Bx, verification } = known
  const secretInput = concatBytes(Yx, Bx, ID, B, X, Y, PROTOID_BYTES, encap(verification))
  const seed = sha3_256(T_KEY_SEED, secretInput)
  const raw = shake256(BYTES + keyBytes, T_FINAL, seed)
  return {
    verify: sha3_256(T_VERIFY, secretInput),
    encKey: raw.subarray(0, BYTES),
    keystream: raw.slice(BYTES),
  }
}

function authOf(
  { ID, B, X }: Known,
  parts: { verify: Uint8Array; Y: Uint8Array; mac: Uint8Array; encrypted: Uint8Array },
): Uint8Array {
  const { verify, Y, mac, encrypted } = parts
  return sha3_256(T_AUTH, verify, ID, B, Y, X, mac, encap(encrypted), PROTOID_BYTES, SERVER)
}

/** A client's half, burnt by its first answer, wrong ones too. */
export interface NtorV3Client {
  /** HDATA. */
  readonly request: Uint8Array
  /**
   * The relay's message, and `keyBytes` of KEYSTREAM. Throws TorError `tor/handshake` where the answer does not come
   * from the relay.
   */
  complete(reply: Uint8Array, keyBytes: number): { message: Uint8Array; keystream: Uint8Array }
}

/**
 * ntor version 3 towards the relay with Ed25519 identity ID and onion key B (32 bytes each): as ntor, and each side says
 * a message to the other in the handshake. The relay must have the same `verification`. Throws TorError `tor/handshake`
 * where the onion key is of small order.
 */
export function startNtorV3(
  relay: { ed25519Id: Uint8Array; ntorKey: Uint8Array },
  message: Uint8Array,
  rng: Rng,
  verification: Uint8Array = CIRCUIT_EXTEND,
): NtorV3Client {
  const { ed25519Id: ID, ntorKey: B } = relay
  const x = rng.bytes(BYTES)
  const X = x25519PublicKey(x)
  let Bx: Uint8Array
  try {
    Bx = x25519SharedSecret(x, B)
  } catch (cause) {
    throw new TorError('tor/handshake', "A relay's onion key is of small order.", { cause })
  }
  const known: Known = { ID, B, X, Bx, verification }
  const { encKey, macKey } = messageKeys(known)
  const encrypted = aesCtr(encKey, IV, message)
  const mac = messageMac(known, macKey, encrypted)
  let isOver = false
  return {
    request: concatBytes(ID, B, X, encrypted, mac),
    complete(reply, keyBytes) {
      if (isOver) throw new TorError('tor/handshake', 'A handshake was answered twice.')
      isOver = true
      try {
        if (reply.length < REPLY_BYTES)
          throw new TorError('tor/handshake', 'A relay answered with a handshake of the wrong length.')
        const Y = reply.slice(0, BYTES)
        const sealed = reply.subarray(REPLY_BYTES)
        let Yx: Uint8Array
        try {
          Yx = x25519SharedSecret(x, Y)
        } catch (cause) {
          throw new TorError('tor/handshake', 'A relay answered with a key of small order.', { cause })
        }
        const { verify, encKey: answerKey, keystream } = finish(known, Yx, Y, keyBytes)
        const auth = authOf(known, { verify, Y, mac, encrypted: sealed })
        if (!equalBytes(auth, reply.subarray(BYTES, REPLY_BYTES)))
          throw new TorError('tor/handshake', 'The answer to a handshake is not from the relay.')
        return { message: aesCtr(answerKey, IV, sealed), keystream }
      } finally {
        x.fill(0)
        Bx.fill(0)
      }
    },
  }
}

/**
 * The relay's half: `answer` makes its message out of the client's, `undefined` where it refuses. `undefined` where the
 * request is for another relay, key or use, its key is of small order, or `answer` refuses.
 */
export function answerNtorV3(
  relay: { ed25519Id: Uint8Array; ntorKey: Uint8Array; ntorSecret: Uint8Array },
  request: Uint8Array,
  answer: (message: Uint8Array) => Uint8Array | undefined,
  { rng, keyBytes, verification = CIRCUIT_EXTEND }: { rng: Rng; keyBytes: number; verification?: Uint8Array },
): { reply: Uint8Array; keystream: Uint8Array } | undefined {
  const { ed25519Id: ID, ntorKey: B, ntorSecret: b } = relay
  if (request.length < REQUEST_BYTES || !equalBytes(request.subarray(0, 2 * BYTES), concatBytes(ID, B)))
    return undefined
  const X = request.slice(2 * BYTES, 3 * BYTES)
  const encrypted = request.subarray(3 * BYTES, request.length - BYTES)
  const mac = request.subarray(request.length - BYTES)
  const y = rng.bytes(BYTES)
  const Y = x25519PublicKey(y)
  let Bx: Uint8Array
  let Yx: Uint8Array
  try {
    Bx = x25519SharedSecret(b, X)
    Yx = x25519SharedSecret(y, X)
  } catch {
    return undefined
  }
  const known: Known = { ID, B, X, Bx, verification }
  const { encKey, macKey } = messageKeys(known)
  if (!equalBytes(mac, messageMac(known, macKey, encrypted))) return undefined
  const message = answer(aesCtr(encKey, IV, encrypted))
  if (message === undefined) return undefined
  const { verify, encKey: answerKey, keystream } = finish(known, Yx, Y, keyBytes)
  const sealed = aesCtr(answerKey, IV, message)
  return { reply: concatBytes(Y, authOf(known, { verify, Y, mac, encrypted: sealed }), sealed), keystream }
}
