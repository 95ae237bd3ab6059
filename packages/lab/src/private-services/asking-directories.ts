import { hexText } from '@warren/primitives/encoding'
import { DecodeError } from '@warren/primitives/wire'
import {
  decodeDescriptor,
  directoriesFor,
  fetchDescriptor,
  fetchEpoch,
  networkSeconds,
  type OnionNetwork,
  openInnerLayer,
  openMiddleLayer,
  type ServiceKeys,
  type TimePeriod,
  type Vanguards,
} from '@warren/tor/onion'

/** Circuits at a time: what is measured runs on the same machine. */
const PARALLEL = 4

/** What directories answered to those who know where to ask. */
export interface Held {
  /** Copies of descriptors of the present period: by directory, and by blinded key. */
  copies: number
  /** As many as there should be. */
  expected: number
  /** Lengths of the descriptors, in bytes, that differ by more than the digits of a revision counter. */
  descriptorBytes: number[]
  /** Clients that could read introduction points in each copy of their descriptor. */
  readers: number
  /** Different introduction points, by their authentication keys, in all that the clients read. */
  introductionPoints: number
}

/** Asks every responsible directory for every client's descriptor, and opens it as the client does. */
export async function askDirectories(
  tor: OnionNetwork,
  vanguards: Vanguards,
  clients: readonly { keys(period: TimePeriod): ServiceKeys }[],
  signal: AbortSignal,
): Promise<Held> {
  const consensus = await tor.consensus()
  const epoch = fetchEpoch(consensus.times, consensus.sharedRandom)
  const nowSeconds = networkSeconds(consensus, tor.clock)
  const keys = clients.map((client) => client.keys(epoch.period))
  // Clients of one service share its descriptor.
  const blinded = new Map(keys.map(({ blindedKey }) => [hexText.encode(blindedKey), blindedKey]))
  const questions = [...blinded].flatMap(([name, blindedKey]) =>
    directoriesFor(consensus, epoch, blindedKey, 'store').map(({ hop }) => ({ name, blindedKey, hop })),
  )
  const answers = new Map<string, string[]>([...blinded.keys()].map((name) => [name, []]))
  const waiting = questions.values()
  const worker = async () => {
    for (const { name, blindedKey, hop } of waiting) {
      const text = await fetchDescriptor(tor, vanguards, hop, blindedKey, signal).catch(() => undefined)
      signal.throwIfAborted()
      if (text !== undefined) answers.get(name)?.push(text)
    }
  }
  await Promise.all(Array.from({ length: PARALLEL }, worker))

  const points = new Set<string>()
  let readers = 0
  for (const own of keys) {
    const texts = answers.get(hexText.encode(own.blindedKey)) ?? []
    const read = texts.map((text) => introductionKeys(text, own, nowSeconds))
    for (const one of read) for (const key of one) points.add(key)
    if (read.length > 0 && read.every((one) => one.length > 0)) readers++
  }
  const texts = [...answers.values()].flat()
  return {
    copies: texts.length,
    expected: questions.length,
    descriptorBytes: [...new Set(texts.map(lengthWithoutRevision))].toSorted((a, b) => a - b),
    readers,
    introductionPoints: points.size,
  }
}

/** A counter has as many digits as it has: it is left out, so that lengths can be compared. */
function lengthWithoutRevision(text: string): number {
  return text.replace(/^revision-counter \d+$/m, 'revision-counter').length
}

function introductionKeys(text: string, keys: ServiceKeys, nowSeconds: number): string[] {
  try {
    const outer = decodeDescriptor(text).verify({ blindedKey: keys.blindedKey, nowSeconds })
    const middle = openMiddleLayer(outer, keys.subcredential)
    if (middle === undefined) return []
    const cookie = keys.cookie(middle)
    const { subcredential } = keys
    const secrets = { subcredential, nowSeconds, ...(cookie === undefined ? {} : { cookie }) }
    return (openInnerLayer(outer, middle, secrets) ?? []).map((point) => hexText.encode(point.authKey))
  } catch (error) {
    if (error instanceof DecodeError) return []
    throw error
  }
}
