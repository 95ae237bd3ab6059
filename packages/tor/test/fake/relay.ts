import { aesCtrStream } from '@warren/primitives/aes-ctr'
import { concatBytes } from '@warren/primitives/bytes'
import { runningSha3_256, unsafeRunningSha1 } from '@warren/primitives/hash'
import type { Rng } from '@warren/primitives/rng'
import { ByteReader, ByteWriter } from '@warren/primitives/wire'
import { deriveFastKeys } from '../../src/circuit/create-fast.ts'
import { decodeCircuitRequest, encodeCircuitAnswer } from '../../src/circuit/circuit-parameters.ts'
import type { Hop } from '../../src/circuit/hop.ts'
import { answerNtor, CIRCUIT_KEY_BYTES, type HandshakeResult, splitKeys } from '../../src/circuit/ntor.ts'
import { answerNtorV3, NTOR_V3_HTYPE } from '../../src/circuit/ntor-v3.ts'
import type { HopKeys } from '../../src/circuit/relay-crypto.ts'
import {
  DATA_AT,
  DIGEST_AT,
  encodeRelayMessage,
  RECOGNIZED_AT,
  RELAY,
  relayCommand,
  relayLength,
  relayStream,
} from '../../src/circuit/relay-message.ts'
import { BODY_BYTES, CellReader, COMMAND, encodeCell, encodeVersions } from '../../src/link/cell.ts'
import { encodeCerts } from '../../src/link/certs.ts'
import { readLinkSpecifiers } from '../../src/link/link-specifier.ts'
import { type FakeIdentity, fakeIdentity, honestCertificates } from './identity.ts'

/** A place where a relay may lie: what it would honestly send there passes through `lie`. */
export type Step =
  | 'versions'
  | 'certs'
  | 'challenge'
  | 'netinfo'
  | 'created'
  | 'extended'
  | 'connected'
  | 'data'
  | 'sendme'

/** What goes out instead; `undefined` says nothing. Bodies of cells at the link, data of relay messages above it. */
export type Lie = (honest: Uint8Array, relay: FakeConnection) => Uint8Array | undefined

/** A message that has reached a hop. */
export interface RelayMessage {
  command: number
  streamId: number
  data: Uint8Array
}

export interface FakeRelayOptions {
  nickname: string
  address: string
  port?: number
  rng: Rng
  lies?: Partial<Record<Step, Lie>>
  /** The consensus says that it speaks ntor of version 3. */
  speaksNtorV3?: boolean
  /** It grants congestion control to who asks for it, with so many cells a SENDME. */
  sendmeIncrement?: number
  /** What it says in a handshake of version 3 instead of the honest answer. */
  says?: (honest: Uint8Array) => Uint8Array
  /** Answers streams: bytes in, bytes out. */
  serve?: (request: Uint8Array, target: string | undefined) => Uint8Array | undefined
}

/** A connection to a fake relay, from its side. */
export interface FakeConnection {
  /** Raw bytes to the client. */
  send(bytes: Uint8Array): void
  close(): void
}

/** A relay in memory that speaks the protocol, and lies where it is told to. */
export class FakeRelay {
  readonly options: FakeRelayOptions
  readonly identity: FakeIdentity
  readonly port: number
  /** Circuits that are open at this relay. */
  circuits = 0
  /** Cells of DATA that clients have sent. */
  received = 0
  destroyed = 0
  /** HTYPEs of the handshakes that it has answered, in order. */
  readonly handshakes: number[] = []
  /** KH of the newest circuit. */
  lastBindingKey = new Uint8Array(0)
  /** Circuits that were granted congestion control. */
  granted = 0
  lastCircuitId = 0
  /** The newest circuit's passage, to speak out of turn with. */
  lastHop: FakeHop | undefined
  network: { find(rsaId: Uint8Array): FakeRelay | undefined } = { find: () => undefined }

  constructor(options: FakeRelayOptions) {
    this.options = options
    this.identity = fakeIdentity(options.rng)
    this.port = options.port ?? 9001
  }

  get hop(): Hop {
    const { rsaId, ed25519Id, ntorKey } = this.identity
    const { address, speaksNtorV3 = false } = this.options
    return { rsaId, ed25519Id, ntorKey, speaksNtorV3, addresses: [{ address, port: this.port }] }
  }

  lie(step: Step, honest: Uint8Array, connection: FakeConnection): Uint8Array | undefined {
    const lie = this.options.lies?.[step]
    return lie === undefined ? honest : lie(honest, connection)
  }

  /** Takes a connection; returns what hears the client's bytes. */
  accept(connection: FakeConnection): (bytes: Uint8Array) => void {
    const reader = new CellReader()
    const hops = new Map<number, FakeHop>()
    const say = (step: Step, command: number, honest: Uint8Array) => {
      const body = this.lie(step, honest, connection)
      if (body !== undefined) connection.send(encodeCell({ circuitId: 0, command, body }))
    }
    return (bytes) => {
      for (const { circuitId, command, body } of reader.push(bytes)) {
        if (command === COMMAND.versions) {
          const versions = this.lie('versions', encodeVersions([3, 4, 5]), connection)
          if (versions === undefined) continue
          connection.send(versions)
          say('certs', COMMAND.certs, encodeCerts(honestCertificates(this.identity)))
          say('challenge', COMMAND.authChallenge, new Uint8Array(36))
          say('netinfo', COMMAND.netinfo, Uint8Array.of(0, 0, 0, 0, 4, 4, 127, 0, 0, 1, 0))
          continue
        }
        const emit = (cells: Uint8Array) =>
          connection.send(encodeCell({ circuitId, command: COMMAND.relay, body: cells }))
        if (command === COMMAND.create2 || command === COMMAND.createFast) {
          const answer = this.answer(command, body, emit, connection)
          if (answer === undefined) continue
          hops.set(circuitId, answer.hop)
          this.lastCircuitId = circuitId
          const created = command === COMMAND.create2 ? COMMAND.created2 : COMMAND.createdFast
          connection.send(encodeCell({ circuitId, command: created, body: answer.body }))
        } else if (command === COMMAND.destroy) {
          hops.get(circuitId)?.destroy()
          hops.delete(circuitId)
          this.destroyed++
        } else if (command === COMMAND.relay || command === COMMAND.relayEarly)
          for (let at = 0; at < body.length; at += BODY_BYTES)
            hops.get(circuitId)?.forward(body.slice(at, at + BODY_BYTES))
      }
    }
  }

  /** CREATED2's or CREATED_FAST's body and the new hop; also for EXTEND2 from another relay. */
  answer(
    command: number,
    body: Uint8Array,
    emit: (cell: Uint8Array) => void,
    connection: FakeConnection,
  ): { body: Uint8Array; hop: FakeHop } | undefined {
    let reply: Uint8Array
    let result: HandshakeResult
    if (command === COMMAND.createFast) {
      const y = this.options.rng.bytes(20)
      result = deriveFastKeys(body.subarray(0, 20), y)
      reply = concatBytes(y, result.bindingKey)
    } else {
      const reader = new ByteReader(body, 'CREATE2')
      const type = reader.u16()
      const answer = this.#answerCreate2(type, reader.bytes16())
      if (answer === undefined) return undefined
      this.handshakes.push(type)
      reply = new ByteWriter(66).bytes16(answer.reply).finish()
      result = answer.result
    }
    const honest = this.lie('created', reply, connection)
    this.circuits++
    this.lastBindingKey = Uint8Array.from(result.bindingKey)
    this.lastHop = new FakeHop(this, result.keys, emit, connection, result.sendmeIncrement)
    return honest === undefined ? undefined : { body: honest, hop: this.lastHop }
  }

  #answerCreate2(
    type: number,
    request: Uint8Array,
  ): { reply: Uint8Array; result: HandshakeResult } | undefined {
    const { rng, sendmeIncrement, says = (honest) => honest } = this.options
    const { rsaId, ed25519Id, ntorKey, ntorSecret } = this.identity
    if (type !== NTOR_V3_HTYPE) return answerNtor({ nodeId: rsaId, ntorKey, ntorSecret }, request, rng)
    let granted: { sendmeIncrement?: number } = {}
    const answer = answerNtorV3(
      { ed25519Id, ntorKey, ntorSecret },
      request,
      (message) => {
        const { congestionControl } = decodeCircuitRequest(message)
        granted = congestionControl && sendmeIncrement !== undefined ? { sendmeIncrement } : {}
        return says(encodeCircuitAnswer(granted))
      },
      { rng, keyBytes: CIRCUIT_KEY_BYTES },
    )
    if (answer === undefined) return undefined
    if (granted.sendmeIncrement !== undefined) this.granted++
    return { reply: answer.reply, result: { ...splitKeys(answer.keystream), ...granted } }
  }
}

/** One circuit's passage through a fake relay. */
export class FakeHop {
  readonly #relay: FakeRelay
  readonly #connection: FakeConnection
  readonly #emit: (cell: Uint8Array) => void
  readonly #forwardCipher
  readonly #backwardCipher
  readonly #forwardDigest
  readonly #backwardDigest
  #next: FakeHop | undefined
  #dataCells = 0
  /** Cells for a SENDME, where congestion control was granted: then streams have none of their own. */
  readonly #increment: number | undefined
  lastStreamId = 0
  readonly #targets = new Map<number, string | undefined>()

  constructor(
    relay: FakeRelay,
    keys: HopKeys,
    emit: (cell: Uint8Array) => void,
    connection: FakeConnection,
    sendmeIncrement?: number,
  ) {
    this.#relay = relay
    this.#increment = sendmeIncrement
    this.#emit = emit
    this.#connection = connection
    const iv = new Uint8Array(16)
    const running = keys.forwardKey.length === 32 ? runningSha3_256 : unsafeRunningSha1
    this.#forwardCipher = aesCtrStream(keys.forwardKey, iv)
    this.#backwardCipher = aesCtrStream(keys.backwardKey, iv)
    this.#forwardDigest = running().update(keys.forwardDigest)
    this.#backwardDigest = running().update(keys.backwardDigest)
  }

  destroy(): void {
    this.#relay.circuits--
    this.#next?.destroy()
  }

  /** A cell from the client's side. */
  forward(cell: Uint8Array): void {
    const body = Uint8Array.from(this.#forwardCipher.apply(cell))
    if (body[RECOGNIZED_AT] !== 0 || body[RECOGNIZED_AT + 1] !== 0) {
      this.#next?.forward(body)
      return
    }
    const zeroed = Uint8Array.from(body)
    zeroed.fill(0, DIGEST_AT, DIGEST_AT + 4)
    this.#forwardDigest.update(zeroed)
    const digest = this.#forwardDigest.copy().digest()
    const length = relayLength(body) ?? 0
    this.#message(
      {
        command: relayCommand(body),
        streamId: relayStream(body),
        data: body.slice(DATA_AT, DATA_AT + length),
      },
      digest.subarray(0, 20),
    )
  }

  /** A message to the client from this hop. */
  send(message: RelayMessage): void {
    const body = encodeRelayMessage(message, this.#relay.options.rng)
    this.#backwardDigest.update(body)
    body.set(this.#backwardDigest.copy().digest().subarray(0, 4), DIGEST_AT)
    this.backward(body)
  }

  /** A cell from a hop further away, or from this one. */
  backward(cell: Uint8Array): void {
    this.#emit(this.#backwardCipher.apply(cell))
  }

  #message({ command, streamId, data }: RelayMessage, digest: Uint8Array): void {
    const say = (step: Step, reply: number, honest: Uint8Array) => {
      const body = this.#relay.lie(step, honest, this.#connection)
      if (body !== undefined) this.send({ command: reply, streamId, data: body })
    }
    if (command === RELAY.extend2) this.#extend(data)
    else if (command === RELAY.begin || command === RELAY.beginDir) {
      this.lastStreamId = streamId
      this.#targets.set(streamId, command === RELAY.begin ? new TextDecoder().decode(data) : undefined)
      say('connected', RELAY.connected, new Uint8Array(0))
    } else if (command === RELAY.data) {
      this.#relay.received++
      if (++this.#dataCells % (this.#increment ?? 100) === 0) {
        const body = concatBytes(Uint8Array.of(1, 0, 20), digest)
        const said = this.#relay.lie('sendme', body, this.#connection)
        if (said !== undefined) this.send({ command: RELAY.sendme, streamId: 0, data: said })
      }
      if (this.#increment === undefined && this.#dataCells % 50 === 0)
        this.send({ command: RELAY.sendme, streamId, data: new Uint8Array(0) })
      const answer = this.#relay.options.serve?.(data, this.#targets.get(streamId))
      if (answer === undefined) return
      for (let at = 0; at < answer.length; at += 498) say('data', RELAY.data, answer.slice(at, at + 498))
      this.send({ command: RELAY.end, streamId, data: Uint8Array.of(6) })
    }
  }

  #extend(data: Uint8Array): void {
    const reader = new ByteReader(data, 'EXTEND2')
    const rsaId = readLinkSpecifiers(reader).find(({ type }) => type === 2)?.data
    const next = rsaId === undefined ? undefined : this.#relay.network.find(rsaId)
    const answer = next?.answer(
      COMMAND.create2,
      data.subarray(reader.offset),
      (cell) => this.backward(cell),
      this.#connection,
    )
    if (answer === undefined) return
    this.#next = answer.hop
    const said = this.#relay.lie('extended', answer.body, this.#connection)
    if (said !== undefined) this.send({ command: RELAY.extended2, streamId: 0, data: said })
  }
}
