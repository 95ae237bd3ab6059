import type { Consensus, ConsensusRelay } from './consensus.ts'

/** Where in a circuit a relay would stand. Introduction and rendezvous points are chosen as middles are. */
export type Position = 'guard' | 'middle' | 'exit'

const LETTER = { guard: 'g', middle: 'm', exit: 'e' } as const
const DEFAULT_SCALE = 10_000

/** A relay's weight for a position: its bandwidth times the authorities' factor (dir-spec §3.8.3). */
export function positionWeight(
  { parameters, bandwidthWeights }: Pick<Consensus, 'parameters' | 'bandwidthWeights'>,
  relay: ConsensusRelay,
  position: Position,
): number {
  const isGuard = relay.flags.has('Guard')
  const isExit = isUsableExit(relay)
  const kind = isGuard && isExit ? 'd' : isGuard ? 'g' : isExit ? 'e' : 'm'
  const scale = parameters.get('bwweightscale') ?? DEFAULT_SCALE
  const factor = bandwidthWeights.get(`W${LETTER[position]}${kind}`) ?? scale
  return (relay.bandwidth * Math.max(0, factor)) / Math.max(1, scale)
}

export function isUsableExit({ flags }: ConsensusRelay): boolean {
  return flags.has('Exit') && !flags.has('BadExit')
}

/**
 * The part of all paths, by bandwidth, that can be built from the relays of which `isKnown`, 0 … 1 (path-spec §2.1.1):
 * the parts known of the weight of guards, middles and exits, multiplied. Whoever chooses among few relays only, those
 * that one directory chose to show, shows by its paths who it is.
 */
export function knownPathBandwidth(
  consensus: Pick<Consensus, 'parameters' | 'bandwidthWeights'>,
  relays: readonly ConsensusRelay[],
  isKnown: (relay: ConsensusRelay) => boolean,
): number {
  const part = (position: Position, candidates: readonly ConsensusRelay[]) => {
    let [known, all, knownCount] = [0, 0, 0]
    for (const relay of candidates) {
      const weight = positionWeight(consensus, relay, position)
      all += weight
      if (!isKnown(relay)) continue
      known += weight
      knownCount++
    }
    if (candidates.length === 0) return 0
    return all > 0 ? known / all : knownCount / candidates.length
  }
  const middle = part('middle', relays)
  const exits = relays.filter(isUsableExit)
  const guards = relays.filter((relay) => relay.flags.has('Guard'))
  // A network without exits has paths inside it all the same.
  return part('guard', guards) * middle * (exits.length === 0 ? middle : part('exit', exits))
}
