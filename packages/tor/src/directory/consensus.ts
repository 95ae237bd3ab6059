import { equalBytes, utf8 } from '@warren/primitives/bytes'
import { hexText } from '@warren/primitives/encoding'
import { sha256 } from '@warren/primitives/hash'
import { rsaRecover } from '@warren/primitives/rsa'
import { DecodeError } from '@warren/primitives/wire'
import { TorError } from '../errors.ts'
import { addressBytes } from '../link/netinfo.ts'
import type { RelayAddress } from '../link/transport.ts'
import type { Authority, AuthorityCertificate } from './authority.ts'
import {
  argumentOf,
  type DocumentItem,
  decodeBase64,
  decodeWhole,
  exactlyOne,
  objectOf,
  parseDocument,
} from './document.ts'
import { decodeProtocols, type Protocols } from './protocols.ts'
import { decodeTime } from './time.ts'

/** One relay as the consensus lists it (dir-spec §3.4.1, microdescriptor flavour). */
export interface ConsensusRelay {
  readonly nickname: string
  /** 20 bytes. */
  readonly rsaId: Uint8Array
  readonly address: string
  readonly orPort: number
  readonly ipv6?: RelayAddress
  readonly flags: ReadonlySet<string>
  readonly protocols: Protocols
  /** SHA-256 of its microdescriptor, in base64 without padding. */
  readonly microdescDigest: string
  /** Weight in choosing relays; units of the authorities. */
  readonly bandwidth: number
}

/** What the authorities agreed on. Only `openConsensus` makes one, out of a document with enough signatures. */
export interface Consensus {
  /** Milliseconds since 1970. */
  readonly validAfter: number
  readonly freshUntil: number
  readonly validUntil: number
  /** Fresh-until minus valid-after. */
  readonly votingIntervalSeconds: number
  readonly parameters: ReadonlyMap<string, number>
  readonly bandwidthWeights: ReadonlyMap<string, number>
  /** Shared random values of 32 bytes (dir-spec §3.4.1, proposal 250). */
  readonly sharedRandom: { readonly previous?: Uint8Array; readonly current?: Uint8Array }
  readonly relays: readonly ConsensusRelay[]
}

/** A consensus parameter within its bounds (param-spec). */
export function parameter(
  consensus: Consensus,
  name: string,
  { fallback, least, most }: { fallback: number; least: number; most: number },
): number {
  return Math.min(most, Math.max(least, consensus.parameters.get(name) ?? fallback))
}

/** How far a clock may be off, or a network stand still, before a consensus is refused (C-tor: "reasonably live"). */
const REASONABLY_LIVE_MS = 24 * 3_600_000
/** Some thousand relays have 2.5 MB; ten times that. */
export const MOST_CONSENSUS_BYTES = 32 * 2 ** 20
const WHAT = 'consensus'

/** Protocols that we speak (tor-spec §9): a consensus that requires others of clients is not for us. */
const SPOKEN: Record<string, readonly [number, number]> = {
  Cons: [2, 2],
  Desc: [2, 2],
  DirCache: [2, 2],
  FlowCtrl: [1, 2],
  HSDir: [2, 2],
  HSIntro: [4, 4],
  HSRend: [2, 2],
  Link: [4, 5],
  Microdesc: [2, 2],
  Relay: [2, 4],
}

/**
 * Reads a consensus of the microdescriptor flavour, once more than half of the network's authorities have signed it
 * (dir-spec §3.9) with keys that `certificates` hold and that are in time. Throws TorError `tor/consensus` where it is
 * malformed, not signed by enough, or needs a newer client, and `tor/consensus-time` where it is more than a day before
 * or after its time.
 */
export function openConsensus(
  bytes: Uint8Array,
  trust: {
    authorities: readonly Authority[]
    certificates: readonly AuthorityCertificate[]
    nowMs: number
  },
): Consensus {
  if (bytes.length > MOST_CONSENSUS_BYTES) throw new TorError('tor/consensus', 'The consensus is too long.')
  const text = latin1(bytes)
  try {
    const items = parseDocument(text, WHAT)
    const consensus = readConsensus(items)
    checkSignatures(bytes, items, trust)
    checkTime(consensus, trust.nowMs)
    return consensus
  } catch (error) {
    if (error instanceof TorError) throw error
    throw new TorError('tor/consensus', 'The consensus is malformed.', { cause: error })
  }
}

/** Identities of the signing keys that a consensus names: which certificates must be fetched. */
export function signersOf(bytes: Uint8Array): { v3Identity: string; signingKeyDigest: string }[] {
  const items = parseDocument(latin1(bytes), WHAT).filter((item) => item.keyword === 'directory-signature')
  return items.slice(0, 64).map((item) => {
    const [v3Identity = '', signingKeyDigest = ''] = item.arguments.slice(-2)
    return { v3Identity, signingKeyDigest }
  })
}

/** One character a byte, so that offsets in the text are offsets in the bytes. */
function latin1(bytes: Uint8Array): string {
  return new TextDecoder('latin1').decode(bytes)
}

function checkSignatures(
  bytes: Uint8Array,
  items: readonly DocumentItem[],
  { authorities, certificates, nowMs }: Parameters<typeof openConsensus>[1],
): void {
  const signatures = items.filter((item) => item.keyword === 'directory-signature')
  const first = signatures[0]
  if (first === undefined) throw new TorError('tor/consensus', 'The consensus is not signed.')
  // From the first byte through "directory-signature" and the space after it (dir-spec §3.4.1).
  const digest = sha256(bytes.subarray(0, first.offset), utf8('directory-signature '))
  const signers = new Set<string>()
  for (const signature of signatures.slice(0, 64)) {
    const [algorithm, v3Identity, keyDigest] = signature.arguments
    if (algorithm !== 'sha256' || signature.object?.label !== 'SIGNATURE') continue
    if (!authorities.some((authority) => authority.v3Identity === v3Identity)) continue
    const certificate = certificates.find(
      (one) => one.v3Identity === v3Identity && one.signingKeyDigest === keyDigest,
    )
    if (certificate === undefined || nowMs > certificate.expires) continue
    const recovered = rsaRecover(certificate.signingKey, objectOf(signature, 'SIGNATURE', WHAT))
    if (recovered !== undefined && equalBytes(recovered, digest)) signers.add(certificate.v3Identity)
  }
  const needed = Math.floor(authorities.length / 2) + 1
  if (signers.size < needed)
    throw new TorError(
      'tor/consensus',
      `The consensus carries ${signers.size} valid signatures of ${authorities.length} authorities; ${needed} are needed.`,
    )
}

function checkTime({ validAfter, validUntil }: Consensus, nowMs: number): void {
  if (nowMs < validAfter - REASONABLY_LIVE_MS)
    throw new TorError(
      'tor/consensus-time',
      'The consensus is of the future: is the clock of this machine right?',
    )
  if (nowMs > validUntil + REASONABLY_LIVE_MS)
    throw new TorError('tor/consensus-time', 'The consensus is too old.')
}

function readConsensus(items: readonly DocumentItem[]): Consensus {
  const firstRelay = items.findIndex((item) => item.keyword === 'r')
  const footer = items.findIndex((item) => item.keyword === 'directory-footer')
  if (footer < 0) throw new DecodeError(`${WHAT}: no footer`)
  const header = items.slice(0, firstRelay < 0 ? footer : firstRelay)
  const [version] = header
  if (version?.keyword !== 'network-status-version' || version.arguments.join(' ') !== '3 microdesc')
    throw new DecodeError(`${WHAT}: not of version 3 and the microdescriptor flavour`)
  const item = (keyword: string) => exactlyOne(header, keyword, WHAT)
  if (argumentOf(item('vote-status'), 0, WHAT) !== 'consensus') throw new DecodeError(`${WHAT}: it is a vote`)
  checkProtocols(header.find((one) => one.keyword === 'required-client-protocols')?.arguments ?? [])
  const time = (keyword: string) => decodeTime(item(keyword).arguments, WHAT)
  const [validAfter, freshUntil, validUntil] = [time('valid-after'), time('fresh-until'), time('valid-until')]
  if (!(validAfter < freshUntil && freshUntil < validUntil))
    throw new DecodeError(`${WHAT}: its times are out of order`)
  const random = (keyword: string) => {
    const line = header.find((one) => one.keyword === keyword)
    return line === undefined ? undefined : decodeBase64(argumentOf(line, 1, WHAT), WHAT, 32)
  }
  const current = random('shared-rand-current-value')
  const previous = random('shared-rand-previous-value')
  return {
    validAfter,
    freshUntil,
    validUntil,
    votingIntervalSeconds: (freshUntil - validAfter) / 1000,
    parameters: readNumbers(header.find((one) => one.keyword === 'params')),
    bandwidthWeights: readNumbers(items.slice(footer).find((one) => one.keyword === 'bandwidth-weights')),
    sharedRandom: {
      ...(current === undefined ? {} : { current }),
      ...(previous === undefined ? {} : { previous }),
    },
    relays: firstRelay < 0 ? [] : readRelays(items.slice(firstRelay, footer)),
  }
}

function readNumbers(item: DocumentItem | undefined): Map<string, number> {
  const numbers = new Map<string, number>()
  for (const argument of item?.arguments ?? []) {
    const match = /^([A-Za-z0-9_-]+)=(-?\d{1,10})$/.exec(argument)
    if (match === null) throw new DecodeError(`${WHAT}: a malformed parameter`)
    numbers.set(match[1] as string, Number(match[2]))
  }
  return numbers
}

function checkProtocols(required: readonly string[]): void {
  for (const entry of required) {
    const [name = '', versions = ''] = entry.split('=')
    const spoken = SPOKEN[name]
    for (const range of versions.split(',').filter((text) => text !== '')) {
      const [low = 0, high = low] = range.split('-').map(Number)
      if (spoken === undefined || low < spoken[0] || high > spoken[1])
        throw new TorError(
          'tor/consensus',
          `The network requires ${name}=${range}, which this client does not speak.`,
        )
    }
  }
}

function readRelays(items: readonly DocumentItem[]): ConsensusRelay[] {
  const relays: ConsensusRelay[] = []
  // Thousands of relays have a few dozen lines between them.
  const known = new Map<string, Protocols>()
  const protocolsOf = (entries: readonly string[]) => {
    const line = entries.join(' ')
    const protocols = known.get(line) ?? decodeProtocols(entries)
    known.set(line, protocols)
    return protocols
  }
  for (let start = 0; start < items.length; ) {
    let end = start + 1
    while (end < items.length && items[end]?.keyword !== 'r') end++
    relays.push(readRelay(items.slice(start, end), protocolsOf))
    start = end
  }
  return relays
}

function readRelay(
  items: readonly DocumentItem[],
  protocolsOf: (entries: readonly string[]) => Protocols,
): ConsensusRelay {
  const line = items[0] as DocumentItem
  const at = (keyword: string) => items.find((item) => item.keyword === keyword)
  const required = (keyword: string) => exactlyOne(items, keyword, WHAT)
  const address = argumentOf(line, 4, WHAT)
  const orPort = decodeWhole(argumentOf(line, 5, WHAT), WHAT)
  if (addressBytes(address)?.length !== 4 || orPort < 1 || orPort > 65_535)
    throw new DecodeError(`${WHAT}: a relay with a malformed address`)
  const ipv6 = readIpv6(at('a')?.arguments[0])
  const weight = /^Bandwidth=(\d{1,10})$/.exec(at('w')?.arguments[0] ?? '')?.[1]
  const microdescDigest = argumentOf(required('m'), 0, WHAT)
  decodeBase64(microdescDigest, WHAT, 32)
  return {
    nickname: argumentOf(line, 0, WHAT),
    rsaId: decodeBase64(argumentOf(line, 1, WHAT), WHAT, 20),
    address,
    orPort,
    flags: new Set(required('s').arguments),
    protocols: protocolsOf(at('pr')?.arguments ?? []),
    microdescDigest,
    bandwidth: weight === undefined ? 0 : Number(weight),
    ...(ipv6 === undefined ? {} : { ipv6 }),
  }
}

function readIpv6(text: string | undefined): RelayAddress | undefined {
  const match = /^\[([0-9a-fA-F:.]+)\]:(\d{1,5})$/.exec(text ?? '')
  const [, address, port] = match ?? []
  if (address === undefined || addressBytes(address)?.length !== 16) return undefined
  return { address, port: Number(port) }
}

/** RSA identity as text, for maps. */
export function relayKey(rsaId: Uint8Array): string {
  return hexText.encode(rsaId)
}
