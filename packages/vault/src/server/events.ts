import type { DeviceId } from '@warren/identity'
import { type AccountId, VaultError } from '../protocol/index.ts'
import type { Limits } from './limits.ts'

/** A notice that something has changed; what, the client asks for itself. */
export type VaultEvent =
  | { event: 'log'; data: { log: string; sequence: number } }
  | { event: 'recovery'; data: { id: string; state: string } }
  | { event: 'enrolment'; data: { id: string } }

/** Where events go: a stream of one device. */
interface Listener {
  account: AccountId
  device: DeviceId
  /** False when the reader is slow and this one waits. */
  send(text: string): boolean
  end(): unknown
  waiting: string[]
  ready: boolean
}

/** Hands events to the streams of those whom they concern. A reader that is too slow is sent away: it comes back. */
export class EventHub {
  readonly #listeners = new Set<Listener>()
  readonly #limits: Pick<Limits, 'eventStreams' | 'eventStreamsPerDevice' | 'queuedEvents'>

  constructor(limits: Pick<Limits, 'eventStreams' | 'eventStreamsPerDevice' | 'queuedEvents'>) {
    this.#limits = limits
  }

  get size(): number {
    return this.#listeners.size
  }

  /** Rejects with `vault/busy` when there are too many. */
  add(
    account: AccountId,
    device: DeviceId,
    sink: Pick<Listener, 'send' | 'end'>,
  ): { drained(): void; remove(): void } {
    let own = 0
    for (const other of this.#listeners) if (other.device === device) own++
    if (this.#listeners.size >= this.#limits.eventStreams || own >= this.#limits.eventStreamsPerDevice)
      throw new VaultError('vault/busy', 'too many event streams are open')
    const listener: Listener = { account, device, ...sink, waiting: [], ready: true }
    this.#listeners.add(listener)
    return {
      drained: () => {
        listener.ready = true
        while (listener.ready && listener.waiting.length > 0)
          listener.ready = listener.send(listener.waiting.shift() as string)
      },
      remove: () => void this.#listeners.delete(listener),
    }
  }

  emit(event: VaultEvent, concerns: (account: AccountId) => boolean): void {
    const text = `event: ${event.event}\ndata: ${JSON.stringify(event.data)}\n\n`
    for (const listener of this.#listeners) if (concerns(listener.account)) this.#deliver(listener, text)
  }

  /** A comment, so that nobody on the way takes the stream for dead. */
  keepAlive(): void {
    for (const listener of this.#listeners) if (listener.ready) listener.ready = listener.send(': \n\n')
  }

  #deliver(listener: Listener, text: string): void {
    if (listener.ready) listener.ready = listener.send(text)
    else if (listener.waiting.length < this.#limits.queuedEvents) listener.waiting.push(text)
    else {
      this.#listeners.delete(listener)
      listener.end()
    }
  }

  /** Ends the streams of devices that may not listen any more. */
  recheck(may: (account: AccountId, device: DeviceId) => boolean): void {
    for (const listener of this.#listeners)
      if (!may(listener.account, listener.device)) {
        this.#listeners.delete(listener)
        listener.end()
      }
  }

  close(): void {
    this.recheck(() => false)
  }
}
