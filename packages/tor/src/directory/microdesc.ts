import { base64BareText } from '@warren/primitives/encoding'
import { sha256 } from '@warren/primitives/hash'
import { DecodeError } from '@warren/primitives/wire'
import { argumentOf, decodeBase64, exactlyOne, parseDocument } from './document.ts'

/** What the authorities publish of a relay beside the consensus (dir-spec §3.3). */
export interface Microdesc {
  /** 32 bytes. */
  readonly ntorKey: Uint8Array
  /** 32 bytes. */
  readonly ed25519Id: Uint8Array
  /** Members of its family as they are written: `$` and a fingerprint, a nickname, or a family identifier. */
  readonly family: ReadonlySet<string>
  /** Ports that it connects to. */
  readonly exitPorts: PortPolicy
}

/** `accept` or `reject` and ranges of ports. */
export interface PortPolicy {
  accepts: boolean
  ranges: readonly (readonly [number, number])[]
}

const WHAT = 'microdescriptor'
/** Far above what relays publish. */
const MOST_BYTES = 64 * 1024

/** Whether the policy lets connections to `port` through, for most addresses. */
export function allowsPort({ accepts, ranges }: PortPolicy, port: number): boolean {
  return ranges.some(([low, high]) => port >= low && port <= high) === accepts
}

/** Several microdescriptors, one after another: each begins with `onion-key`. With their digests as the consensus has them. */
export function splitMicrodescs(bytes: Uint8Array): { digest: string; bytes: Uint8Array }[] {
  const text = new TextDecoder('latin1').decode(bytes)
  const starts = [...text.matchAll(/^onion-key$/gm)].map((match) => match.index)
  return starts.map((start, i) => {
    const part = bytes.subarray(start, starts[i + 1] ?? bytes.length)
    return { digest: base64BareText.encode(sha256(part)), bytes: part }
  })
}

/** Throws DecodeError. The digest, which the caller has compared with the consensus, is what vouches for it. */
export function decodeMicrodesc(bytes: Uint8Array): Microdesc {
  if (bytes.length > MOST_BYTES) throw new DecodeError(`${WHAT}: too long`)
  const items = parseDocument(new TextDecoder('latin1').decode(bytes), WHAT)
  const ed25519 = items.find((item) => item.keyword === 'id' && item.arguments[0] === 'ed25519')
  if (ed25519 === undefined) throw new DecodeError(`${WHAT}: no Ed25519 identity`)
  const family = items
    .filter((item) => item.keyword === 'family' || item.keyword === 'family-ids')
    .flatMap((item) => item.arguments)
  return {
    ntorKey: decodeBase64(argumentOf(exactlyOne(items, 'ntor-onion-key', WHAT), 0, WHAT), WHAT, 32),
    ed25519Id: decodeBase64(argumentOf(ed25519, 1, WHAT), WHAT, 32),
    family: new Set(family.map((member) => member.split(/[=~]/)[0] as string)),
    exitPorts: decodePolicy(items.find((item) => item.keyword === 'p')?.arguments),
  }
}

function decodePolicy(parts: readonly string[] | undefined): PortPolicy {
  if (parts === undefined) return { accepts: true, ranges: [] }
  const [verdict, list = ''] = parts
  if (verdict !== 'accept' && verdict !== 'reject') throw new DecodeError(`${WHAT}: malformed policy`)
  const ranges = list.split(',').map((range) => {
    const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(range)
    if (match === null) throw new DecodeError(`${WHAT}: malformed policy`)
    const low = Number(match[1])
    return [low, Number(match[2] ?? low)] as const
  })
  return { accepts: verdict === 'accept', ranges }
}
