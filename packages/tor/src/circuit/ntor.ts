import { concatBytes, equalBytes, utf8 } from '@warren/primitives/bytes'
import { hkdfExpand, hkdfExtract } from '@warren/primitives/hkdf-steps'
import { hmacSha256 } from '@warren/primitives/kdf'
import type { Rng } from '@warren/primitives/rng'
import { x25519PublicKey, x25519SharedSecret } from '@warren/primitives/x25519'
import { TorError } from '../errors.ts'
import type { HopKeys } from './relay-crypto.ts'

/** HTYPE of ntor. */
export const NTOR_HTYPE = 2
const PROTOID = utf8('ntor-curve25519-sha256-1')
const T_MAC = concatBytes(PROTOID, utf8(':mac'))
const T_KEY = concatBytes(PROTOID, utf8(':key_extract'))
const T_VERIFY = concatBytes(PROTOID, utf8(':verify'))
const M_EXPAND = concatBytes(PROTOID, utf8(':key_expand'))
const SERVER = utf8('Server')
/** Df, Db, Kf, Kb and KH. */
export const CIRCUIT_KEY_BYTES = 20 + 20 + 16 + 16 + 20
/** Y and AUTH. */
export const NTOR_REPLY_BYTES = 64

/** What a handshake yields: keys of the hop, and KH, which binds later messages to this circuit. */
export interface HandshakeResult {
  keys: HopKeys
  /** KH, 20 bytes. */
  bindingKey: Uint8Array
  /** Cells that one SENDME acknowledges, where the relay granted congestion control. */
  sendmeIncrement?: number
}

/** A client's half of a handshake, burnt by its first answer, wrong ones too. */
export interface ClientHandshake {
  /** HDATA. */
  readonly request: Uint8Array
  /** Throws TorError `tor/handshake` where the answer does not come from the relay. */
  complete(reply: Uint8Array): HandshakeResult
}

/** Keys in the order of tor-spec §5.2.2: Df, Db, Kf, Kb, KH. */
export function splitKeys(bytes: Uint8Array): HandshakeResult {
  return {
    keys: {
      forwardDigest: bytes.slice(0, 20),
      backwardDigest: bytes.slice(20, 40),
      forwardKey: bytes.slice(40, 56),
      backwardKey: bytes.slice(56, 72),
    },
    bindingKey: bytes.slice(72, 92),
  }
}

/** A client's half of a handshake in CREATE2 and EXTEND2. */
export interface Create2Handshake extends ClientHandshake {
  /** HTYPE (tor-spec §5.1). */
  readonly type: number
}

/** What both sides compute from the two shared secrets (tor-spec §5.1.4). */
function derive(parts: {
  XY: Uint8Array
  XB: Uint8Array
  nodeId: Uint8Array
  B: Uint8Array
  X: Uint8Array
  Y: Uint8Array
}): { auth: Uint8Array; result: HandshakeResult } {
  const { XY, XB, nodeId, B, X, Y } = parts
  const secretInput = concatBytes(XY, XB, nodeId, B, X, Y, PROTOID)
  const verify = hmacSha256(T_VERIFY, secretInput)
  const auth = hmacSha256(T_MAC, concatBytes(verify, nodeId, B, Y, X, PROTOID, SERVER))
  const seed = hkdfExtract(secretInput, T_KEY)
  return { auth, result: splitKeys(hkdfExpand(seed, M_EXPAND, CIRCUIT_KEY_BYTES)) }
}

/** ntor (tor-spec §5.1.4) towards the relay with RSA identity `nodeId` (20 bytes) and onion key `ntorKey` (B). */
export function startNtor(relay: { nodeId: Uint8Array; ntorKey: Uint8Array }, rng: Rng): Create2Handshake {
  const { nodeId, ntorKey: B } = relay
  const x = rng.bytes(32)
  const X = x25519PublicKey(x)
  let isOver = false
  return {
    type: NTOR_HTYPE,
    request: concatBytes(nodeId, B, X),
    complete(reply) {
      if (isOver) throw new TorError('tor/handshake', 'A handshake was answered twice.')
      isOver = true
      try {
        if (reply.length !== NTOR_REPLY_BYTES)
          throw new TorError('tor/handshake', 'A relay answered with a handshake of the wrong length.')
        const Y = reply.slice(0, 32)
        let XY: Uint8Array
        let XB: Uint8Array
        try {
          XY = x25519SharedSecret(x, Y)
          XB = x25519SharedSecret(x, B)
        } catch (cause) {
          throw new TorError('tor/handshake', 'A relay answered with a key of small order.', { cause })
        }
        const { auth, result } = derive({ XY, XB, nodeId, B, X, Y })
        if (!equalBytes(auth, reply.subarray(32)))
          throw new TorError('tor/handshake', 'The answer to a handshake is not from the relay.')
        return result
      } finally {
        x.fill(0)
      }
    },
  }
}

/** The relay's half. `undefined` where the request is for another relay or key, or its key is of small order. */
export function answerNtor(
  relay: { nodeId: Uint8Array; ntorKey: Uint8Array; ntorSecret: Uint8Array },
  request: Uint8Array,
  rng: Rng,
): { reply: Uint8Array; result: HandshakeResult } | undefined {
  const { nodeId, ntorKey: B, ntorSecret: b } = relay
  if (request.length !== 84 || !equalBytes(request.subarray(0, 52), concatBytes(nodeId, B))) return undefined
  const X = request.slice(52)
  const y = rng.bytes(32)
  const Y = x25519PublicKey(y)
  try {
    const XY = x25519SharedSecret(y, X)
    const XB = x25519SharedSecret(b, X)
    const { auth, result } = derive({ XY, XB, nodeId, B, X, Y })
    return { reply: concatBytes(Y, auth), result }
  } catch {
    return undefined
  }
}
