import { type Rng, randomUnit } from '@warren/primitives/rng'
import type { Consensus, ConsensusRelay } from '../directory/consensus.ts'

/** Where in a circuit a relay would stand. Introduction and rendezvous points are chosen as middles are. */
export type Position = 'guard' | 'middle' | 'exit'

const LETTER = { guard: 'g', middle: 'm', exit: 'e' } as const
const DEFAULT_SCALE = 10_000

/** A relay's weight for a position: its bandwidth times the authorities' factor (dir-spec §3.8.3). */
export function positionWeight(consensus: Consensus, relay: ConsensusRelay, position: Position): number {
  const isGuard = relay.flags.has('Guard')
  const isExit = relay.flags.has('Exit') && !relay.flags.has('BadExit')
  const kind = isGuard && isExit ? 'd' : isGuard ? 'g' : isExit ? 'e' : 'm'
  const scale = consensus.parameters.get('bwweightscale') ?? DEFAULT_SCALE
  const factor = consensus.bandwidthWeights.get(`W${LETTER[position]}${kind}`) ?? scale
  return (relay.bandwidth * Math.max(0, factor)) / Math.max(1, scale)
}

/** One of the items with a chance in proportion to its weight; all alike where no weight is above zero. */
export function chooseWeighted<T>(items: readonly T[], weight: (item: T) => number, rng: Rng): T | undefined {
  if (items.length === 0) return undefined
  const weights = items.map((item) => Math.max(0, weight(item)))
  const total = weights.reduce((sum, one) => sum + one, 0)
  const last = items.length - 1
  if (total <= 0) return items[Math.min(last, Math.floor(randomUnit(rng) * items.length))]
  let left = randomUnit(rng) * total
  for (let i = 0; i < last; i++) {
    left -= weights[i] as number
    if (left < 0) return items[i]
  }
  // Rounding may leave a crumb: the last item that has any weight takes it.
  return items[weights.findLastIndex((one) => one > 0)]
}
