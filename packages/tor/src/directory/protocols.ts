/** Versions of each protocol that a relay speaks (tor-spec, "Subprotocol-based versioning"), as its `pr` line has them. */
export type Protocols = ReadonlyMap<string, readonly (readonly [number, number])[]>

/** A version is the number of a bit in 64 (dir-spec, `proto`). */
const HIGHEST_VERSION = 63

/** Versions that clients look at. */
export const NTOR_V3 = ['Relay', 4] as const
export const CONGESTION_CONTROL = ['FlowCtrl', 2] as const

/**
 * Reads `Name=1-3,5 …`. A relay writes its own, so that one entry that is malformed makes nothing of the others, and
 * nothing of the consensus: it is left out.
 */
export function decodeProtocols(entries: readonly string[]): Protocols {
  const protocols = new Map<string, readonly (readonly [number, number])[]>()
  for (const entry of entries) {
    const [, name = '', list = ''] = /^([A-Za-z0-9-]{1,64})=([0-9,-]*)$/.exec(entry) ?? []
    const ranges = list.split(',').map(decodeRange)
    if (name !== '' && ranges.every((range) => range !== undefined)) protocols.set(name, ranges)
  }
  return protocols
}

function decodeRange(text: string): readonly [number, number] | undefined {
  const match = /^(\d{1,2})(?:-(\d{1,2}))?$/.exec(text)
  if (match === null) return undefined
  const low = Number(match[1])
  const high = Number(match[2] ?? low)
  return low <= high && high <= HIGHEST_VERSION ? [low, high] : undefined
}

/** Each version is a flag of its own: from 5 nothing follows for 4. */
export function speaks(protocols: Protocols, [name, version]: readonly [string, number]): boolean {
  return (protocols.get(name) ?? []).some(([low, high]) => version >= low && version <= high)
}
