import { TorError } from '../errors.ts'

/** Commands of cells (tor-spec §3). */
export const COMMAND = {
  padding: 0,
  relay: 3,
  destroy: 4,
  createFast: 5,
  createdFast: 6,
  versions: 7,
  netinfo: 8,
  relayEarly: 9,
  create2: 10,
  created2: 11,
  vpadding: 128,
  certs: 129,
  authChallenge: 130,
} as const

/** Bytes of a cell's body: PAYLOAD_LEN. */
export const BODY_BYTES = 509
const HEADER_BYTES = 5
export const CELL_BYTES = HEADER_BYTES + BODY_BYTES
const VARIABLE_HEADER_BYTES = 7

/**
 * One cell; of RELAY, a run of them of one circuit, their bodies one after another, in memory that the reader uses again
 * at its next bytes. Until then the receiver may write over it.
 */
export interface Cell {
  circuitId: number
  command: number
  body: Uint8Array
}

function isVariable(command: number): boolean {
  return command === COMMAND.versions || command >= 128
}

function writeHeader(out: Uint8Array, at: number, circuitId: number, command: number): void {
  out[at] = circuitId >>> 24
  out[at + 1] = circuitId >>> 16
  out[at + 2] = circuitId >>> 8
  out[at + 3] = circuitId
  out[at + 4] = command
}

/** Encodes a cell of link protocol 4 or 5. A shorter body of fixed length is padded with zeros. */
export function encodeCell({ circuitId, command, body }: Cell): Uint8Array {
  if (!isVariable(command)) {
    if (body.length > BODY_BYTES) throw new RangeError(`cell: body of ${body.length} bytes`)
    const out = new Uint8Array(CELL_BYTES)
    writeHeader(out, 0, circuitId, command)
    out.set(body, HEADER_BYTES)
    return out
  }
  const out = new Uint8Array(VARIABLE_HEADER_BYTES + body.length)
  writeHeader(out, 0, circuitId, command)
  out[5] = body.length >>> 8
  out[6] = body.length
  out.set(body, VARIABLE_HEADER_BYTES)
  return out
}

/** Cells of one circuit in the making: their bodies lie together, to be encrypted in one call. */
export class CellRun {
  /** The bodies, one after another; zero at first. */
  readonly bodies: Uint8Array
  readonly #cells: Uint8Array

  constructor(count: number) {
    this.#cells = new Uint8Array(count * CELL_BYTES)
    this.bodies = this.#cells.subarray(count * HEADER_BYTES)
  }

  /** The cells, each with its header. They lie where the bodies lay. */
  finish(circuitId: number, command: number): Uint8Array {
    const cells = this.#cells
    let from = this.bodies.byteOffset - cells.byteOffset
    for (let at = 0; at < cells.length; at += CELL_BYTES, from += BODY_BYTES) {
      cells.copyWithin(at + HEADER_BYTES, from, from + BODY_BYTES)
      writeHeader(cells, at, circuitId, command)
    }
    return cells
  }
}

/** The VERSIONS cell, whose circuit identifier has two bytes (tor-spec §4). */
export function encodeVersions(versions: readonly number[]): Uint8Array {
  const out = new Uint8Array(5 + versions.length * 2)
  out[2] = COMMAND.versions
  out[4] = versions.length * 2
  versions.forEach((version, i) => {
    out[5 + i * 2] = version >>> 8
    out[6 + i * 2] = version
  })
  return out
}

/**
 * Cuts a byte stream into cells. Holds at most one cell that is not yet whole (65 542 bytes). Consecutive RELAY cells
 * of one circuit come out as one run, so that they can be decrypted in one call.
 */
export class CellReader {
  /** What is not yet a whole cell. */
  #rest: Uint8Array = new Uint8Array(0)
  #restBytes = 0
  /** The rest and what came after it. */
  #joined: Uint8Array = new Uint8Array(0)
  #isNegotiated = false

  /**
   * The next bytes of the stream; `chunk` is written over and not kept. Throws TorError `tor/link-protocol` where the
   * first cell is not VERSIONS.
   */
  push(chunk: Uint8Array): Cell[] {
    const bytes = this.#restBytes === 0 ? chunk : this.#join(chunk)
    const cells: Cell[] = []
    let at = 0
    while (at < bytes.length) {
      const used = this.#isNegotiated ? this.#next(bytes, at, cells) : this.#versions(bytes, at, cells)
      if (used === 0) break
      at += used
    }
    const rest = bytes.subarray(at)
    if (this.#rest.length < rest.length) this.#rest = new Uint8Array(rest.length)
    this.#rest.set(rest)
    this.#restBytes = rest.length
    return cells
  }

  #join(chunk: Uint8Array): Uint8Array {
    const length = this.#restBytes + chunk.length
    if (this.#joined.length < length) this.#joined = new Uint8Array(length)
    this.#joined.set(this.#rest.subarray(0, this.#restBytes))
    this.#joined.set(chunk, this.#restBytes)
    return this.#joined.subarray(0, length)
  }

  #versions(bytes: Uint8Array, at: number, cells: Cell[]): number {
    if (bytes.length - at < 5) return 0
    const length = ((bytes[at + 3] as number) << 8) | (bytes[at + 4] as number)
    if (bytes[at + 2] !== COMMAND.versions || length > 512)
      throw new TorError('tor/link-protocol', 'The relay did not begin with its versions.')
    if (bytes.length - at < 5 + length) return 0
    this.#isNegotiated = true
    cells.push({ circuitId: 0, command: COMMAND.versions, body: bytes.slice(at + 5, at + 5 + length) })
    return 5 + length
  }

  #next(bytes: Uint8Array, at: number, cells: Cell[]): number {
    const left = bytes.length - at
    if (left < HEADER_BYTES) return 0
    const circuitId = readId(bytes, at)
    const command = bytes[at + 4] as number
    if (isVariable(command)) {
      if (left < VARIABLE_HEADER_BYTES) return 0
      const length = ((bytes[at + 5] as number) << 8) | (bytes[at + 6] as number)
      const end = at + VARIABLE_HEADER_BYTES + length
      if (end > bytes.length) return 0
      cells.push({ circuitId, command, body: bytes.slice(at + VARIABLE_HEADER_BYTES, end) })
      return VARIABLE_HEADER_BYTES + length
    }
    if (left < CELL_BYTES) return 0
    let count = 1
    if (command === COMMAND.relay)
      while (
        (count + 1) * CELL_BYTES <= left &&
        bytes[at + count * CELL_BYTES + 4] === COMMAND.relay &&
        readId(bytes, at + count * CELL_BYTES) === circuitId
      )
        count++
    if (command !== COMMAND.relay) {
      cells.push({ circuitId, command, body: bytes.slice(at + HEADER_BYTES, at + CELL_BYTES) })
      return CELL_BYTES
    }
    // The bodies move together where they lie.
    const first = at + HEADER_BYTES
    for (let i = 1; i < count; i++) {
      const from = first + i * CELL_BYTES
      bytes.copyWithin(first + i * BODY_BYTES, from, from + BODY_BYTES)
    }
    const body = bytes.subarray(first, first + count * BODY_BYTES)
    cells.push({ circuitId, command, body })
    return count * CELL_BYTES
  }
}

function readId(bytes: Uint8Array, at: number): number {
  return (
    (((bytes[at] as number) << 24) |
      ((bytes[at + 1] as number) << 16) |
      ((bytes[at + 2] as number) << 8) |
      (bytes[at + 3] as number)) >>>
    0
  )
}
