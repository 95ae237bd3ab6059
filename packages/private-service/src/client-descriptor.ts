import type { Rng } from '@warren/primitives/rng'
import {
  AUTH_CLIENT_MULTIPLE,
  decodeDescriptor,
  encodeDescriptor,
  fakeAuthClient,
  generateX25519,
  type IntroductionPoint,
  openInnerLayer,
  openMiddleLayer,
} from '@warren/tor/onion'
import type { PeriodKeys, ServicePeriodKeys } from './period-keys.ts'

/**
 * One client's descriptor (message 3 of figure 3). To a directory it is like any other of three introduction points:
 * the same lines, sixteen auth-client lines that are nobody's, the same padding, a revision counter of its own key.
 */
export function clientDescriptor(
  keys: ServicePeriodKeys,
  introductionPoints: readonly IntroductionPoint[],
  revision: number,
  nowSeconds: number,
  rng: Rng,
): string {
  return encodeDescriptor(
    {
      blinded: keys.blinded,
      subcredential: keys.subcredential,
      revision,
      introductionPoints,
      authClients: {
        ephemeralKey: generateX25519(rng).publicKey,
        lines: Array.from({ length: AUTH_CLIENT_MULTIPLE }, () => fakeAuthClient(rng)),
      },
      cookie: keys.descriptorCookie,
      nowSeconds,
    },
    rng,
  )
}

/** What the client reads in it (message 7). Throws DecodeError; `undefined` where the keys do not fit. */
export function openClientDescriptor(
  text: string,
  keys: PeriodKeys,
  nowSeconds: number,
): { revision: number; introductionPoints: IntroductionPoint[] } | undefined {
  const outer = decodeDescriptor(text).verify({ blindedKey: keys.blindedKey, nowSeconds })
  const middle = openMiddleLayer(outer, keys.subcredential)
  if (middle === undefined) return undefined
  const introductionPoints = openInnerLayer(outer, middle, {
    subcredential: keys.subcredential,
    cookie: keys.descriptorCookie,
    nowSeconds,
  })
  return introductionPoints === undefined ? undefined : { revision: outer.revision, introductionPoints }
}
