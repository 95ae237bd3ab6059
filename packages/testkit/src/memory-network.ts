/** Both directions of one connection, as Web streams. */
export interface Connection {
  readable: ReadableStream<Uint8Array>
  writable: WritableStream<Uint8Array>
}

/** A network inside one process: names instead of addresses, streams instead of sockets. */
export interface MemoryNetwork {
  listen(address: string, accept: (connection: Connection, from: string) => void): { close(): void }
  /** Rejects with an error that names the address when nobody listens there. */
  connect(address: string, from?: string): Promise<Connection>
  /** Every chunk that crossed the network, in order: what an eavesdropper holds. */
  readonly tapped: readonly { from: string; to: string; bytes: Uint8Array }[]
}

export function memoryNetwork(): MemoryNetwork {
  const listeners = new Map<string, (connection: Connection, from: string) => void>()
  const tapped: { from: string; to: string; bytes: Uint8Array }[] = []
  const pipe = (from: string, to: string) =>
    new TransformStream<Uint8Array, Uint8Array>({
      transform(bytes, controller) {
        tapped.push({ from, to, bytes: Uint8Array.from(bytes) })
        controller.enqueue(bytes)
      },
    })
  return {
    tapped,
    listen(address, accept) {
      if (listeners.has(address)) throw new Error(`memory network: ${address} is taken`)
      listeners.set(address, accept)
      return { close: () => void listeners.delete(address) }
    },
    connect(address, from = 'client') {
      const accept = listeners.get(address)
      if (accept === undefined)
        return Promise.reject(new Error(`memory network: nobody listens at ${address}`))
      const there = pipe(from, address)
      const back = pipe(address, from)
      accept({ readable: there.readable, writable: back.writable }, from)
      return Promise.resolve({ readable: back.readable, writable: there.writable })
    },
  }
}
