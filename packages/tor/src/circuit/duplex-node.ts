import { Duplex } from 'node:stream'
import type { TorStream } from './stream.ts'

/**
 * A stream as Node's Duplex. Tor has no half-open streams: ending the writable side ends the stream once everything
 * written has left.
 */
export function toDuplex(stream: TorStream): Duplex {
  let isReading = false
  const duplex = new Duplex({
    allowHalfOpen: false,
    read() {
      if (isReading) return
      isReading = true
      stream.read().then(
        (bytes) => {
          isReading = false
          if (bytes === undefined) duplex.push(null)
          else duplex.push(bytes)
        },
        (error: unknown) => duplex.destroy(error as Error),
      )
    },
    write(chunk: Uint8Array, _encoding, settle) {
      stream.write(chunk).then(() => settle(), settle)
    },
    final(settle) {
      stream.end().then(() => settle(), settle)
    },
    destroy(error, settle) {
      stream.end().then(
        () => settle(error),
        () => settle(error),
      )
    },
  })
  return duplex
}
