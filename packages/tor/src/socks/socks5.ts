import { concatBytes, fromUtf8 } from '@warren/primitives/bytes'
import { hexText } from '@warren/primitives/encoding'

/** Replies of RFC 1928 §6. */
export const SOCKS_REPLY = {
  succeeded: 0,
  failed: 1,
  networkUnreachable: 3,
  hostUnreachable: 4,
  refused: 5,
  expired: 6,
  commandNotSupported: 7,
  addressNotSupported: 8,
} as const

/** What a program asks the proxy for. */
export interface SocksRequest {
  host: string
  port: number
  /** User name and password, which tell streams apart (RFC 1929): empty without. Never sent anywhere. */
  isolation: string
}

/** What to do with the bytes that came. */
export interface SocksStep {
  /** To be sent back now. */
  reply?: Uint8Array
  /** The handshake is complete; `rest` belongs to the stream. */
  request?: SocksRequest
  rest?: Uint8Array
  /** Not SOCKS 5, or something that is not offered: close after the reply. */
  isRefused?: boolean
}

const NO_AUTHENTICATION = 0
const USER_AND_PASSWORD = 2
const NONE_ACCEPTABLE = 0xff
const CONNECT = 1
const ATYP = { ipv4: 1, name: 3, ipv6: 4 } as const
/** Longer than any honest handshake. */
const MOST_BYTES = 1024

/** The reply to a request; the bound address is not told. */
export function socksReply(code: number): Uint8Array {
  return Uint8Array.of(5, code, 0, ATYP.ipv4, 0, 0, 0, 0, 0, 0)
}

/** The server's side of a SOCKS 5 handshake (RFC 1928, 1929), fed in pieces of any size; holds at most 1 KiB. */
export class Socks5Handshake {
  #held: Uint8Array = new Uint8Array(0)
  #phase: 'greeting' | 'password' | 'request' | 'over' = 'greeting'
  #isolation = ''

  push(bytes: Uint8Array): SocksStep {
    this.#held = concatBytes(this.#held, bytes)
    const replies: Uint8Array[] = []
    for (;;) {
      const before = this.#held.length
      const step = this.#next()
      if (step === undefined) {
        if (this.#held.length > MOST_BYTES) return { isRefused: true }
        return replies.length === 0 ? {} : { reply: concatBytes(...replies) }
      }
      if (step.reply !== undefined) replies.push(step.reply)
      const isOver = step.request !== undefined || step.isRefused === true
      if (isOver) return { ...step, ...(replies.length === 0 ? {} : { reply: concatBytes(...replies) }) }
      if (this.#held.length === before) return { isRefused: true }
    }
  }

  /** `undefined` where more bytes are needed. */
  #next(): SocksStep | undefined {
    const bytes = this.#held
    switch (this.#phase) {
      case 'greeting': {
        if (bytes.length > 0 && bytes[0] !== 5) return { isRefused: true }
        const end = 2 + (bytes[1] ?? 256)
        if (bytes.length < end) return undefined
        const methods = bytes.subarray(2, end)
        const method = methods.includes(USER_AND_PASSWORD)
          ? USER_AND_PASSWORD
          : methods.includes(NO_AUTHENTICATION)
            ? NO_AUTHENTICATION
            : NONE_ACCEPTABLE
        this.#take(end)
        this.#phase = method === USER_AND_PASSWORD ? 'password' : 'request'
        return { reply: Uint8Array.of(5, method), isRefused: method === NONE_ACCEPTABLE }
      }
      case 'password': {
        if (bytes.length > 0 && bytes[0] !== 1) return { isRefused: true }
        const userEnd = 2 + (bytes[1] ?? 256)
        const end = userEnd + 1 + (bytes[userEnd] ?? 256)
        if (bytes.length < end) return undefined
        // Any name and password will do: they only keep streams apart.
        this.#isolation = hexText.encode(bytes.subarray(1, end))
        this.#take(end)
        this.#phase = 'request'
        return { reply: Uint8Array.of(1, 0) }
      }
      case 'request':
        return this.#request(bytes)
      case 'over':
        return undefined
    }
  }

  #request(bytes: Uint8Array): SocksStep | undefined {
    if (bytes.length < 5) return undefined
    const [version, command, , kind, first = 0] = bytes
    if (version !== 5) return { isRefused: true }
    if (command !== CONNECT) return { reply: socksReply(SOCKS_REPLY.commandNotSupported), isRefused: true }
    const length = kind === ATYP.ipv4 ? 4 : kind === ATYP.ipv6 ? 16 : kind === ATYP.name ? first + 1 : 0
    if (length === 0) return { reply: socksReply(SOCKS_REPLY.addressNotSupported), isRefused: true }
    const end = 4 + length
    if (bytes.length < end + 2) return undefined
    const host = readHost(kind as number, bytes.subarray(4, end))
    const port = ((bytes[end] as number) << 8) | (bytes[end + 1] as number)
    if (host === undefined || port === 0)
      return { reply: socksReply(SOCKS_REPLY.addressNotSupported), isRefused: true }
    this.#take(end + 2)
    this.#phase = 'over'
    return { request: { host, port, isolation: this.#isolation }, rest: this.#held }
  }

  #take(length: number): void {
    this.#held = this.#held.slice(length)
  }
}

function readHost(kind: number, bytes: Uint8Array): string | undefined {
  if (kind === ATYP.ipv4) return bytes.join('.')
  if (kind === ATYP.ipv6) return hexText.encode(bytes).replace(/(.{4})(?!$)/g, '$1:')
  try {
    return fromUtf8(bytes.subarray(1))
  } catch {
    return undefined
  }
}
