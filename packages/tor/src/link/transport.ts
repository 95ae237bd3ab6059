/** Where a relay listens: an IPv4 address in dotted form or an IPv6 address without brackets. */
export interface RelayAddress {
  readonly address: string
  readonly port: number
}

/** What happens on a connection. After `closed` nothing more comes. */
export interface TransportEvents {
  /** `chunk` is the receiver's only during the call. */
  bytes(chunk: Uint8Array): void
  /** Everything that `send` refused to call small has left. */
  drained(): void
  closed(cause?: unknown): void
}

/** One TLS connection to a relay, seen from a link. */
export interface Transport {
  /** SHA-256 of the certificate that the relay showed in TLS, as DER. */
  readonly certificateSha256: Uint8Array
  readonly peer: RelayAddress
  /** Called once; events begin after it. */
  start(events: TransportEvents): void
  /** Never blocks; `false` asks the caller to wait for `drained`. */
  send(bytes: Uint8Array): boolean
  /** Bytes that were sent arrive; `closed` follows. */
  close(): void
}

/** Opens connections: TCP and TLS at the edge, memory in tests. */
export type Connect = (address: RelayAddress, options: { signal: AbortSignal }) => Promise<Transport>
