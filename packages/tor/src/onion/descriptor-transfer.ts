import { fromUtf8, utf8 } from '@warren/primitives/bytes'
import { base64BareText } from '@warren/primitives/encoding'
import type { Circuit, Hop } from '../circuit/index.ts'
import { withDeadline } from '../deadline.ts'
import { type DirectoryResponse, directoryRequest } from '../directory/request.ts'
import { TorError } from '../errors.ts'
import { LARGEST_DESCRIPTOR_BYTES } from './descriptor.ts'
import type { OnionNetwork } from './network.ts'
import type { OnionPurpose, Vanguards } from './vanguards.ts'

/** Six directories may be asked one after the other while somebody waits. */
const FETCH_MS = 12_000
const UPLOAD_MS = 30_000

/** One request on a circuit of its own (rend-spec-v3 §2.2.6: not used for anything else). */
function ask(
  network: OnionNetwork,
  vanguards: Vanguards,
  directory: Hop,
  purpose: OnionPurpose,
  request: { path: string; body?: Uint8Array; signal?: AbortSignal | undefined },
): Promise<DirectoryResponse> {
  const { path, body, signal } = request
  const ms = purpose === 'client-directory' ? FETCH_MS : UPLOAD_MS
  const deadline = { clock: network.clock, ms, what: 'A directory', signal }
  return withDeadline(deadline, async (limited) => {
    const circuit: Circuit = await vanguards.circuitTo(directory, purpose, limited)
    try {
      return await directoryRequest(circuit, {
        path,
        mostBytes: LARGEST_DESCRIPTOR_BYTES,
        signal: limited,
        ...(body === undefined ? {} : { body }),
      })
    } finally {
      circuit.close()
    }
  })
}

/** Uploads a descriptor; the status: 200, or 400 where the directory refuses it. */
export async function uploadDescriptor(
  network: OnionNetwork,
  vanguards: Vanguards,
  directory: Hop,
  text: string,
  signal?: AbortSignal,
): Promise<number> {
  const request = { path: '/tor/hs/3/publish', body: utf8(text), signal }
  return (await ask(network, vanguards, directory, 'service-directory', request)).status
}

/** Asks one directory for the descriptor under a blinded key: its text, unchecked, or `undefined` where it has none. */
export async function fetchDescriptor(
  network: OnionNetwork,
  vanguards: Vanguards,
  directory: Hop,
  blindedKey: Uint8Array,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const request = { path: `/tor/hs/3/${base64BareText.encode(blindedKey)}`, signal }
  const { status, body } = await ask(network, vanguards, directory, 'client-directory', request)
  if (status !== 200) return undefined
  try {
    return fromUtf8(body)
  } catch (cause) {
    throw new TorError('tor/descriptor', 'A directory answered with something that is not text.', { cause })
  }
}
