import { utf8 } from '@warren/primitives/bytes'
import { ed25519Expand } from '@warren/primitives/ed25519-expanded'
import { sha3_256 } from '@warren/primitives/hash'
import {
  type BlindedKeyPair,
  blindingFactor,
  blindKeyPair,
  blindPublicKey,
  DESCRIPTOR_COOKIE_BYTES,
  subcredential,
  type TimePeriod,
} from '@warren/tor/onion'
import type { ClientKey, Credential } from './client-key.ts'

const COOKIE_TAG = utf8('warren private service 1: descriptor cookie')
const INTRODUCTION_TAG = utf8('warren private service 1: introduction')

/** What one client and the service share for one time period. */
export interface PeriodKeys {
  period: TimePeriod
  /** The descriptor's identifier at the directories: nobody without A and s can compute the next one (§4.3). */
  blindedKey: Uint8Array
  /** N_hs_subcred: opens the middle layer. Of A and A' only. */
  subcredential: Uint8Array
  /**
   * K_DC(IPO, IK) of the paper (§4.4). The subcredential depends on A alone, so that without this whoever learns A
   * and sees A' could read the introduction points.
   */
  descriptorCookie: Uint8Array
  /** Stands for the subcredential inside hs-ntor: E_IK(…, DC) of the paper (§4.6), with nothing extra on the wire. */
  introductionCredential: Uint8Array
}

/** The service's side holds the private half of the blinded key as well. */
export interface ServicePeriodKeys extends PeriodKeys {
  blinded: BlindedKeyPair
}

function bind(
  publicKey: Uint8Array,
  cookie: Uint8Array,
  blindedKey: Uint8Array,
  period: TimePeriod,
): PeriodKeys {
  const credential = subcredential(publicKey, blindedKey)
  return {
    period,
    blindedKey,
    subcredential: credential,
    descriptorCookie: sha3_256(COOKIE_TAG, cookie, blindedKey).slice(0, DESCRIPTOR_COOKIE_BYTES),
    introductionCredential: sha3_256(INTRODUCTION_TAG, credential, cookie),
  }
}

export function servicePeriodKeys(client: ClientKey, period: TimePeriod): ServicePeriodKeys {
  const cookie = client.cookie.reveal()
  const factor = blindingFactor(client.publicKey, period, cookie)
  const blinded = blindKeyPair(ed25519Expand(client.seed.reveal()), factor)
  return { ...bind(client.publicKey, cookie, blinded.publicKey, period), blinded }
}

export function clientPeriodKeys(credential: Credential, period: TimePeriod): PeriodKeys {
  const cookie = credential.cookie.reveal()
  const blindedKey = blindPublicKey(
    credential.publicKey,
    blindingFactor(credential.publicKey, period, cookie),
  )
  return bind(credential.publicKey, cookie, blindedKey, period)
}
