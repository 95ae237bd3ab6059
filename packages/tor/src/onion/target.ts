import { utf8 } from '@warren/primitives/bytes'
import { hexText } from '@warren/primitives/encoding'
import { sha256 } from '@warren/primitives/hash'
import { parseOnionAddress } from './address.ts'
import { blindingFactor, blindPublicKey, subcredential } from './blinding.ts'
import { findDescriptorCookie } from './client-authorisation.ts'
import type { OnionTarget, ServiceKeys } from './connect.ts'
import type { TimePeriod } from './period.ts'

const CLIENT_NAME = utf8('warren/onion-client-name/1')

/**
 * A stock onion service by its address, with the client's X25519 secret where the service authorises clients.
 * Throws TorError `tor/address`.
 */
export function addressTarget(address: string, clientSecret?: Uint8Array): OnionTarget {
  const publicKey = parseOnionAddress(address)
  let held: { period: TimePeriod; keys: ServiceKeys } | undefined
  // Circuits and descriptors are kept by name: those of one client's key serve nobody else.
  const client = clientSecret === undefined ? '' : hexText.encode(sha256(CLIENT_NAME, clientSecret))
  return {
    name: `${address.toLowerCase()} ${client}`,
    keys(period) {
      if (held?.period.number !== period.number || held.period.lengthMinutes !== period.lengthMinutes)
        held = { period, keys: keysOf(publicKey, period, clientSecret) }
      return held.keys
    },
  }
}

function keysOf(
  publicKey: Uint8Array,
  period: TimePeriod,
  clientSecret: Uint8Array | undefined,
): ServiceKeys {
  const blindedKey = blindPublicKey(publicKey, blindingFactor(publicKey, period))
  const credential = subcredential(publicKey, blindedKey)
  return {
    blindedKey,
    subcredential: credential,
    introductionCredential: credential,
    cookie: (middle) =>
      clientSecret === undefined
        ? undefined
        : findDescriptorCookie(credential, middle.ephemeralKey, clientSecret, middle.authClients),
  }
}
