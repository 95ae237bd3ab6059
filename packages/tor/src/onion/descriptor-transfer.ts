import { concatBytes, fromUtf8, utf8 } from '@warren/primitives/bytes'
import { base64BareText } from '@warren/primitives/encoding'
import type { Circuit, Hop, TorStream } from '../circuit/index.ts'
import { TorError } from '../errors.ts'
import { LARGEST_DESCRIPTOR_BYTES } from './descriptor.ts'
import { type OnionNetwork, within } from './network.ts'
import type { Vanguards } from './vanguards.ts'

const TRANSFER_MS = 30_000
const LARGEST_ANSWER_BYTES = LARGEST_DESCRIPTOR_BYTES + 4096

interface Answer {
  status: number
  body: Uint8Array
}

/** Reads to the end of the stream, or as much as is said to come; bounded. */
async function readAnswer(stream: TorStream): Promise<Answer> {
  let received: Uint8Array = new Uint8Array(0)
  for (;;) {
    const chunk = await stream.read()
    if (chunk !== undefined) received = concatBytes(received, chunk)
    if (received.length > LARGEST_ANSWER_BYTES)
      throw new TorError('tor/directory', 'A directory answered with more than a descriptor.')
    const answer = parseAnswer(received, chunk === undefined)
    if (answer !== undefined) return answer
    if (chunk === undefined)
      throw new TorError('tor/directory', 'A directory ended its answer in the middle.')
  }
}

function parseAnswer(received: Uint8Array, isEnd: boolean): Answer | undefined {
  const end = received.findIndex(
    (byte, i) => byte === 13 && received[i + 1] === 10 && received[i + 2] === 13 && received[i + 3] === 10,
  )
  if (end < 0) return undefined
  let head: string
  try {
    head = fromUtf8(received.subarray(0, end))
  } catch (cause) {
    throw new TorError('tor/directory', 'A directory answered with garbage.', { cause })
  }
  const status = /^HTTP\/1\.[01] (\d{3})(?: |\r|$)/.exec(head)?.[1]
  if (status === undefined) throw new TorError('tor/directory', 'A directory answered with garbage.')
  const length = /^content-length: (\d{1,9})\r?$/im.exec(head)?.[1]
  const body = received.slice(end + 4)
  if (length !== undefined && body.length >= Number(length))
    return { status: Number(status), body: body.slice(0, Number(length)) }
  return isEnd && length === undefined ? { status: Number(status), body } : undefined
}

async function request(
  circuit: Circuit,
  head: string,
  body: Uint8Array,
  signal: AbortSignal,
): Promise<Answer> {
  const stream = await circuit.openDirectoryStream({ signal })
  const onAbort = () => circuit.close()
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    await stream.write(concatBytes(utf8(head), body))
    return await readAnswer(stream)
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

/**
 * Uploads a descriptor on a circuit of its own (rend-spec-v3 §2.2.6); the status: 200, or 400 where the directory
 * refuses it.
 */
export function uploadDescriptor(
  network: OnionNetwork,
  vanguards: Vanguards,
  directory: Hop,
  text: string,
  signal?: AbortSignal,
): Promise<number> {
  return within(network.clock, TRANSFER_MS, 'Publishing a descriptor', signal, async (limit) => {
    const circuit = await vanguards.circuitTo(directory, 'service-directory', limit)
    try {
      const body = utf8(text)
      const head = `POST /tor/hs/3/publish HTTP/1.0\r\nContent-Length: ${body.length}\r\n\r\n`
      return (await request(circuit, head, body, limit)).status
    } finally {
      circuit.close()
    }
  })
}

/** Asks one directory for the descriptor under a blinded key: its text, unchecked, or `undefined` where it has none. */
export function fetchDescriptor(
  network: OnionNetwork,
  vanguards: Vanguards,
  directory: Hop,
  blindedKey: Uint8Array,
  signal?: AbortSignal,
): Promise<string | undefined> {
  return within(network.clock, TRANSFER_MS, 'Asking for a descriptor', signal, async (limit) => {
    const circuit = await vanguards.circuitTo(directory, 'client-directory', limit)
    try {
      const head = `GET /tor/hs/3/${base64BareText.encode(blindedKey)} HTTP/1.0\r\n\r\n`
      const { status, body } = await request(circuit, head, new Uint8Array(0), limit)
      return status === 200 ? asText(body) : undefined
    } finally {
      circuit.close()
    }
  })
}

function asText(body: Uint8Array): string {
  try {
    return fromUtf8(body)
  } catch (cause) {
    throw new TorError('tor/descriptor', 'A directory answered with something that is not text.', { cause })
  }
}
