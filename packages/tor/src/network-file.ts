import type { NetworkConfiguration } from './client.ts'
import type { Authority } from './directory/authority.ts'
import { PUBLIC_AUTHORITIES } from './directory/public-network.ts'
import { TorError } from './errors.ts'
import { addressBytes } from './link/netinfo.ts'

const SCHEMA = 'warren.tor-network/1'
const MOST_AUTHORITIES = 64

/** The public Tor network. Dangerous to use without having read the README's "Limits": hence its name. */
export const unsafePublicNetwork: NetworkConfiguration = { authorities: PUBLIC_AUTHORITIES }

/**
 * Reads a network's description: JSON of schema `warren.tor-network/1`, as `npm run tor-network` prints it. Throws
 * TorError `tor/network-file`.
 */
export function parseNetworkFile(text: string): NetworkConfiguration {
  let document: Record<string, unknown>
  try {
    document = JSON.parse(text) as Record<string, unknown>
  } catch (cause) {
    throw refuse('it is not JSON', cause)
  }
  if (document?.['schema'] !== SCHEMA) throw refuse(`its schema is not ${SCHEMA}`)
  const { authorities, distinctSubnets, testing } = document
  if (!Array.isArray(authorities) || authorities.length === 0 || authorities.length > MOST_AUTHORITIES)
    throw refuse(`"authorities" must list 1 to ${MOST_AUTHORITIES}`)
  return {
    authorities: authorities.map(readAuthority),
    ...flag('distinctSubnets', distinctSubnets),
    ...flag('testing', testing),
  }
}

function flag<K extends string>(name: K, value: unknown): Partial<Record<K, boolean>> {
  if (value === undefined) return {}
  if (typeof value !== 'boolean') throw refuse(`"${name}" must be true or false`)
  return { [name]: value } as Partial<Record<K, boolean>>
}

function readAuthority(value: unknown): Authority {
  const fields = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>
  const text = (name: string, form: RegExp) => {
    const field = fields[name]
    if (typeof field !== 'string' || !form.test(field)) throw refuse(`an authority's "${name}" is malformed`)
    return field
  }
  const { orPort } = fields
  const address = text('address', /^[0-9a-fA-F.:]+$/)
  if (addressBytes(address) === undefined) throw refuse('an authority\'s "address" is malformed')
  if (typeof orPort !== 'number' || !Number.isInteger(orPort) || orPort < 1 || orPort > 65_535)
    throw refuse('an authority\'s "orPort" is malformed')
  return {
    nickname: text('nickname', /^[A-Za-z0-9]{1,19}$/),
    v3Identity: text('v3Identity', /^[0-9A-F]{40}$/),
    fingerprint: text('fingerprint', /^[0-9A-F]{40}$/),
    address,
    orPort,
  }
}

function refuse(why: string, cause?: unknown): TorError {
  return new TorError('tor/network-file', `The description of the Tor network cannot be used: ${why}.`, {
    cause,
  })
}
