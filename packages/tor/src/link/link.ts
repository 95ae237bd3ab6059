import type { Clock } from '@warren/primitives/clock'
import type { Rng } from '@warren/primitives/rng'
import { TorError } from '../errors.ts'
import { type Cell, CellReader, type CellRun, COMMAND, encodeCell, encodeVersions } from './cell.ts'
import { type RelayIdentity, verifyCerts } from './certs.ts'
import { checkNetinfo, encodeClientNetinfo } from './netinfo.ts'
import type { RelayAddress, Transport } from './transport.ts'

/** Link protocols whose circuit identifiers have four bytes. */
const VERSIONS = [4, 5]
const HANDSHAKE_MS = 10_000
const MOST_CIRCUITS = 4096

/** What a circuit hears from its link. */
export interface CircuitEvents {
  /** CREATED2 or CREATED_FAST. */
  created(command: number, body: Uint8Array): void
  /** Bodies of consecutive RELAY cells, 509 bytes each; the receiver's, to write over, only during the call. */
  relay(bodies: Uint8Array): void
  /** DESTROY with its reason, or the end of the link with its error. Nothing follows. */
  ended(reason: number | TorError): void
}

/** A circuit's place on a link. */
export interface CircuitSlot {
  readonly circuitId: number
  /** Sends one cell; a shorter body is padded with zeros. */
  send(command: number, body: Uint8Array): void
  /** Sends a run of cells, which is used up. */
  sendRun(command: number, run: CellRun): void
  /** Resolves when the link has room for more. */
  ready(): Promise<void> | undefined
  /** Gives the slot back, telling the relay why unless the relay said so first. */
  release(destroyReason?: number): void
}

/** A connection to a relay that has proved who it is. */
export interface Link {
  readonly identity: Required<RelayIdentity>
  readonly peer: RelayAddress
  readonly circuits: number
  /** A random circuit identifier that is free (tor-spec §5.1.1). Throws TorError `tor/link` when the link is closed. */
  attach(events: CircuitEvents): CircuitSlot
  close(): void
  /** Resolves with the error that ended the link; `undefined` after `close`. */
  readonly closed: Promise<TorError | undefined>
  readonly isOpen: boolean
}

type Phase = 'versions' | 'certs' | 'challenge' | 'netinfo' | 'open' | 'closed'

/**
 * Runs the initiator's side of the link handshake (tor-spec §4) and then carries circuits. Rejects with TorError:
 * `tor/relay-identity` when the relay is not the expected one, `tor/link-protocol` when it speaks out of turn,
 * `tor/timeout` after 10 s, `tor/link` when the connection ends.
 */
export function openLink(
  transport: Transport,
  identity: RelayIdentity,
  { clock, rng, signal }: { clock: Clock; rng: Rng; signal?: AbortSignal },
): Promise<Link> {
  const reader = new CellReader()
  const slots = new Map<number, CircuitEvents>()
  let phase: Phase = 'versions'
  let proven: Required<RelayIdentity> | undefined
  let waiting: { promise: Promise<void>; resolve: () => void } | undefined
  const opened = Promise.withResolvers<Link>()
  const closed = Promise.withResolvers<TorError | undefined>()
  const finished = new AbortController()

  const end = (error?: TorError) => {
    if (phase === 'closed') return
    phase = 'closed'
    finished.abort()
    waiting?.resolve()
    waiting = undefined
    const reason = error ?? new TorError('tor/link', 'The connection to the relay was closed.')
    opened.reject(reason)
    const ended = [...slots.values()]
    slots.clear()
    closed.resolve(error)
    for (const events of ended) events.ended(reason)
    transport.close()
  }

  const send = (bytes: Uint8Array) => {
    if (!transport.send(bytes)) waiting ??= Promise.withResolvers<void>()
  }

  const attach = (events: CircuitEvents): CircuitSlot => {
    if (phase !== 'open') throw new TorError('tor/link', 'The connection to the relay is closed.')
    if (slots.size >= MOST_CIRCUITS) throw new TorError('tor/link', 'Too many circuits on one connection.')
    let circuitId: number
    do {
      const [a = 0, b = 0, c = 0, d = 0] = rng.bytes(4)
      circuitId = ((a | 0x80) * 2 ** 24 + ((b << 16) | (c << 8) | d)) >>> 0
    } while (slots.has(circuitId))
    slots.set(circuitId, events)
    const isMine = () => slots.get(circuitId) === events
    return {
      circuitId,
      send(command, body) {
        if (isMine()) send(encodeCell({ circuitId, command, body }))
      },
      sendRun(command, run) {
        if (isMine()) send(run.finish(circuitId, command))
      },
      ready: () => waiting?.promise,
      release(destroyReason) {
        if (!isMine()) return
        if (destroyReason !== undefined)
          send(encodeCell({ circuitId, command: COMMAND.destroy, body: Uint8Array.of(destroyReason) }))
        slots.delete(circuitId)
      },
    }
  }

  const link = (): Link => ({
    identity: proven as Required<RelayIdentity>,
    peer: transport.peer,
    get circuits() {
      return slots.size
    },
    attach,
    close: () => end(),
    closed: closed.promise,
    get isOpen() {
      return phase === 'open'
    },
  })

  const protocol = (what: string) => new TorError('tor/link-protocol', `The relay ${what}.`)

  const handshake = ({ command, body }: Cell): void => {
    if (command === COMMAND.vpadding || command === COMMAND.padding) {
      if (phase === 'versions') throw protocol('sent padding before its versions')
      return
    }
    switch (phase) {
      case 'versions': {
        const offered = new Set<number>()
        if (body.length % 2 !== 0) throw protocol('sent malformed versions')
        for (let i = 0; i < body.length; i += 2)
          offered.add(((body[i] as number) << 8) | (body[i + 1] as number))
        if (!VERSIONS.some((version) => offered.has(version)))
          throw protocol('speaks none of the link protocols 4 and 5')
        phase = 'certs'
        return
      }
      case 'certs':
        if (command !== COMMAND.certs) throw protocol('sent something else where its certificates belong')
        proven = verifyCerts(body, {
          identity,
          certificateSha256: transport.certificateSha256,
          nowMs: clock.now(),
        })
        phase = 'challenge'
        return
      case 'challenge':
        if (command !== COMMAND.authChallenge) throw protocol('sent no challenge after its certificates')
        phase = 'netinfo'
        return
      case 'netinfo':
        if (command !== COMMAND.netinfo) throw protocol('did not end the handshake')
        checkNetinfo(body)
        send(
          encodeCell({
            circuitId: 0,
            command: COMMAND.netinfo,
            body: encodeClientNetinfo(transport.peer.address),
          }),
        )
        phase = 'open'
        finished.abort()
        opened.resolve(link())
        return
      case 'open':
      case 'closed':
        return
    }
  }

  const dispatch = (cell: Cell): void => {
    const events = slots.get(cell.circuitId)
    if (events === undefined) return // padding, or a circuit that ended while cells were on their way
    switch (cell.command) {
      case COMMAND.relay:
        return events.relay(cell.body)
      case COMMAND.created2:
      case COMMAND.createdFast:
        return events.created(cell.command, cell.body)
      case COMMAND.destroy:
        slots.delete(cell.circuitId)
        return events.ended(cell.body[0] as number)
      case COMMAND.relayEarly:
        // Never sent towards a client, except by relays that mark circuits for one another.
        slots.delete(cell.circuitId)
        send(encodeCell({ circuitId: cell.circuitId, command: COMMAND.destroy, body: Uint8Array.of(1) }))
        return events.ended(new TorError('tor/circuit-protocol', 'A relay sent RELAY_EARLY towards us.'))
    }
  }

  transport.start({
    bytes(chunk) {
      try {
        for (const cell of reader.push(chunk)) {
          if (phase === 'open') dispatch(cell)
          else if (phase !== 'closed') handshake(cell)
        }
      } catch (error) {
        end(
          error instanceof TorError
            ? error
            : new TorError('tor/link-protocol', 'A relay sent a malformed cell.', { cause: error }),
        )
      }
    },
    drained() {
      waiting?.resolve()
      waiting = undefined
    },
    closed: (cause) => end(new TorError('tor/link', 'The relay closed the connection.', { cause })),
  })
  send(encodeVersions(VERSIONS))
  clock.sleep(HANDSHAKE_MS, finished.signal).then(
    () => end(new TorError('tor/timeout', 'The relay did not finish the handshake in time.')),
    () => {},
  )
  signal?.addEventListener(
    'abort',
    () => {
      if (phase !== 'open') end(new TorError('tor/link', 'Cancelled.', { cause: signal.reason }))
    },
    { signal: finished.signal },
  )
  return opened.promise
}
