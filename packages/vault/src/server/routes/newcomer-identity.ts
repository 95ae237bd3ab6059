import { encodeDeviceIdentity } from '@warren/identity'
import { base64urlText } from '@warren/primitives/encoding'
import { type CommitRequest, decodeAccountChange, decodeLogEntry } from '../../protocol/index.ts'

/** The identity in the entry that makes a device one of an account: the first of a log, or a recovery. */
export function newcomerIdentity(body: unknown): Uint8Array | undefined {
  for (const { entries } of (body as CommitRequest).appends) {
    const first = entries[0]
    if (first === undefined) continue
    const { log, kind, body: encoded } = decodeLogEntry(base64urlText.decode(first)).unverified
    if (log.kind !== 'account') continue
    const change = decodeAccountChange(kind, encoded)
    if (change.kind === 'genesis' || change.kind === 'recovered')
      return encodeDeviceIdentity(change.device.identity)
  }
  return undefined
}

/** The identity in a document that has one as its field. */
export function documentIdentity(body: unknown): Uint8Array | undefined {
  const { identity } = body as { identity?: string }
  return identity === undefined ? undefined : base64urlText.decode(identity)
}
