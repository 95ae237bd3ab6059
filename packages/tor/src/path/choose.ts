import type { Rng } from '@warren/primitives/rng'
import type { Directory, Relay } from '../directory/directory.ts'
import { allowsPort } from '../directory/microdesc.ts'
import { isUsableExit, type Position, positionWeight } from '../directory/position-weight.ts'
import { areRelated } from './relation.ts'
import { chooseWeighted } from './weights.ts'

/** What is asked of a relay beside its position. */
export interface RelayRequest {
  position: Position
  /** Relays that it must not be related to: those already on the path. */
  apartFrom?: readonly Relay[]
  /** Flags that it must have, beside Running and Valid, which all have. Default: Fast. */
  flags?: readonly string[]
  /** An exit must allow connections to this port. */
  port?: number
  distinctSubnets?: boolean
  /** Anything else. */
  accept?: (relay: Relay) => boolean
}

/** Relays that meet the request. */
export function eligibleRelays(directory: Directory, request: RelayRequest): Relay[] {
  const { position, apartFrom = [], flags = ['Fast'], port, distinctSubnets = true, accept } = request
  return directory.relays.filter(
    (relay) =>
      flags.every((flag) => relay.flags.has(flag)) &&
      (position !== 'guard' || relay.flags.has('Guard')) &&
      (position !== 'exit' || canExit(relay, port)) &&
      !apartFrom.some((other) => areRelated(relay, other, { distinctSubnets })) &&
      (accept === undefined || accept(relay)),
  )
}

function canExit(relay: Relay, port: number | undefined): boolean {
  if (!isUsableExit(relay)) return false
  return port === undefined || allowsPort(relay.microdesc.exitPorts, port)
}

/** A relay for one position, chosen by weighted bandwidth (path-spec §2.2); `undefined` where none is eligible. */
export function chooseRelay(directory: Directory, request: RelayRequest, rng: Rng): Relay | undefined {
  return chooseWeighted(
    eligibleRelays(directory, request),
    (relay) => positionWeight(directory.consensus, relay, request.position),
    rng,
  )
}
