import type { EdgeList } from '../protocol/api/messages.ts'
import type { AccountId, SpaceId } from '../protocol/ids.ts'

/**
 * Until when the owner let a member read, in ms since 1970; Infinity for good. It stands on the keys of the space to
 * her, and goes over to the next one, of a new epoch or to a new primary device. Where keys of one epoch differ, which
 * is so only after her primary device changed, the earlier end counts.
 */
export function shareLimit(edges: EdgeList['edges'], space: SpaceId, member: AccountId): number {
  const hers = edges.filter(
    (edge) => edge.purpose === 'share' && edge.space === space && edge.account === member,
  )
  const newest = Math.max(...hers.map((edge) => edge.epoch ?? 0))
  return Math.min(
    ...hers.filter((edge) => edge.epoch === newest).map((edge) => edge.untilMs ?? Number.POSITIVE_INFINITY),
  )
}
