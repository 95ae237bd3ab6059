import { CHUNK_BYTES, CHUNK_OVERHEAD_BYTES } from '../protocol/chunk.ts'
import { BATCH_HEADER_BYTES, ChunkBatch } from '../protocol/chunk-batch.ts'
import type { ChunkId, SpaceId } from '../protocol/ids.ts'
import type { Session } from './session.ts'
import { Window } from './window.ts'

/** What a whole chunk takes up in a batch; a batch has room for two. */
const CHUNK_IN_BATCH = BATCH_HEADER_BYTES + CHUNK_BYTES + CHUNK_OVERHEAD_BYTES
const BATCH_BYTES = 2 * CHUNK_IN_BATCH
/** One that is sealed into, one that is sent, one that waits. */
const BUFFERS = 3
/** Batches that are sent and not yet durable: the service's disk flushes several at the cost of one. */
const UNACKNOWLEDGED = 8

/**
 * Sends chunks, however small or large, in batches. Each is sealed where it is sent from: a few buffers serve a file of
 * any size. The first failure of any batch is thrown by a later call.
 */
export class ChunkSender {
  readonly #session: Session
  readonly #space: SpaceId
  readonly #window: Window
  readonly #free: ChunkBatch[] = []
  #made = 0
  #wake: (() => void) | undefined
  #batch: ChunkBatch | undefined

  constructor(session: Session, space: SpaceId) {
    this.#session = session
    this.#space = space
    this.#window = new Window(UNACKNOWLEDGED, session.signal)
  }

  /** Where the caller seals a chunk of `length` bytes to, before the next call. */
  async place(id: ChunkId, length: number): Promise<Uint8Array> {
    const room = this.#batch?.add(id, length)
    if (room !== undefined) return room
    await this.#send()
    this.#batch = await this.#take()
    const fresh = this.#batch.add(id, length)
    if (fresh === undefined) throw new RangeError(`chunk: ${length} bytes are more than a batch holds`)
    return fresh
  }

  /** Resolves when everything is durable at the service. */
  async flush(): Promise<void> {
    await this.#send()
    await this.#window.drain()
  }

  /** Waits for what is on its way, whatever becomes of it. */
  async abandon(): Promise<void> {
    await this.#window.drain().catch(() => undefined)
  }

  async #take(): Promise<ChunkBatch> {
    for (;;) {
      const free = this.#free.pop()
      if (free !== undefined) return free
      if (this.#made < BUFFERS) {
        this.#made++
        return new ChunkBatch(BATCH_BYTES)
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  async #send(): Promise<void> {
    const batch = this.#batch
    if (batch === undefined) return
    this.#batch = undefined
    let given = false
    const onSent = () => {
      if (given) return
      given = true
      batch.clear()
      this.#free.push(batch)
      this.#wake?.()
    }
    const { signal } = this.#window
    await this.#window.add(async () => {
      try {
        await this.#session.api.putChunks(this.#space, batch.bytes, { signal, onSent })
      } finally {
        onSent()
      }
    })
  }
}
