import { Duplex } from 'node:stream'

/**
 * A duplex with what node:http asks of a socket beyond being one: a time limit on idleness. The rest (delays, keeping
 * alive, whether it holds the process) has no meaning for a connection inside another one.
 */
export function asSocket(connection: Duplex): Duplex {
  let limitMs = 0
  let timer: NodeJS.Timeout | undefined
  const moved = () => {
    clearTimeout(timer)
    timer = limitMs === 0 ? undefined : setTimeout(() => socket.emit('timeout'), limitMs)
    timer?.unref()
  }
  const socket: Duplex = new Duplex({
    allowHalfOpen: true,
    read: () => connection.resume(),
    write(chunk: Uint8Array, _encoding, settle) {
      moved()
      connection.write(chunk, settle)
    },
    final(settle) {
      connection.end(settle)
    },
    destroy(error, settle) {
      clearTimeout(timer)
      connection.destroy()
      settle(error)
    },
  })
  connection.on('data', (chunk: Uint8Array) => {
    moved()
    if (!socket.push(chunk)) connection.pause()
  })
  connection.on('end', () => socket.push(null))
  connection.on('error', (error) => socket.destroy(error))
  connection.on('close', () => {
    if (!socket.readableEnded) socket.push(null)
    if (!connection.readableEnded) socket.destroy()
  })
  return Object.assign(socket, {
    setTimeout(ms: number, listener?: () => void) {
      limitMs = ms
      if (listener !== undefined) socket.once('timeout', listener)
      moved()
      return socket
    },
    setNoDelay: () => socket,
    setKeepAlive: () => socket,
    ref: () => socket,
    unref: () => socket,
  })
}
