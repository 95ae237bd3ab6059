import { concatBytes, utf8 } from '@warren/primitives/bytes'
import type { Circuit } from '../circuit/circuit.ts'
import { TorError } from '../errors.ts'

/** A directory's answer. */
export interface DirectoryResponse {
  status: number
  body: Uint8Array
}

const MOST_HEADER_BYTES = 16 * 1024

/**
 * Asks the directory at the last hop of a circuit, by HTTP/1.0 inside a stream (dir-spec §4.1). Rejects with TorError
 * `tor/directory` where the answer is malformed or longer than `mostBytes`, unpacked too.
 */
export async function directoryRequest(
  circuit: Circuit,
  request: { path: string; body?: Uint8Array; mostBytes: number; signal?: AbortSignal },
): Promise<DirectoryResponse> {
  const { path, body, mostBytes, signal } = request
  const stream = await circuit.openDirectoryStream(signal === undefined ? {} : { signal })
  const onAbort = () => void stream.end()
  signal?.addEventListener('abort', onAbort, { once: true })
  try {
    const head =
      body === undefined
        ? `GET ${path} HTTP/1.0\r\nAccept-Encoding: deflate, identity\r\n\r\n`
        : `POST ${path} HTTP/1.0\r\nContent-Length: ${body.length}\r\n\r\n`
    await stream.write(body === undefined ? utf8(head) : concatBytes(utf8(head), body))
    const parts: Uint8Array[] = []
    let length = 0
    for (;;) {
      const bytes = await stream.read()
      if (bytes === undefined) break
      length += bytes.length
      if (length > mostBytes + MOST_HEADER_BYTES)
        throw new TorError('tor/directory', 'A directory answered with more than was asked for.')
      parts.push(bytes)
    }
    return await parseResponse(concatBytes(...parts), mostBytes)
  } finally {
    signal?.removeEventListener('abort', onAbort)
    await stream.end()
  }
}

async function parseResponse(bytes: Uint8Array, mostBytes: number): Promise<DirectoryResponse> {
  const text = new TextDecoder('latin1').decode(bytes.subarray(0, MOST_HEADER_BYTES))
  const end = text.indexOf('\r\n\r\n')
  const [statusLine = '', ...lines] = text.slice(0, end).split('\r\n')
  const status = /^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(statusLine)?.[1]
  if (end < 0 || status === undefined)
    throw new TorError('tor/directory', 'A directory answered with something else than HTTP.')
  const headers = new Map(
    lines.map((line) => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
    }),
  )
  const body = bytes.subarray(end + 4)
  const declared = headers.get('content-length')
  if (declared !== undefined && Number(declared) !== body.length)
    throw new TorError('tor/directory', 'The answer of a directory was cut short.')
  const encoding = headers.get('content-encoding') ?? 'identity'
  if (encoding === 'identity') return { status: Number(status), body: Uint8Array.from(body) }
  if (encoding !== 'deflate')
    throw new TorError('tor/directory', 'A directory answered in an unknown encoding.')
  return { status: Number(status), body: await inflate(body, mostBytes) }
}

/** zlib's format, which HTTP calls deflate; stops at `mostBytes`, however small the packed form. */
async function inflate(bytes: Uint8Array, mostBytes: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let length = 0
  try {
    const source = new Blob([Uint8Array.from(bytes)]).stream().pipeThrough(new DecompressionStream('deflate'))
    for await (const part of source) {
      length += part.length
      if (length > mostBytes)
        throw new TorError('tor/directory', 'The answer of a directory unpacks to too much.')
      parts.push(part)
    }
  } catch (error) {
    if (error instanceof TorError) throw error
    throw new TorError('tor/directory', 'The answer of a directory cannot be unpacked.', { cause: error })
  }
  return concatBytes(...parts)
}
