import { concatBytes, equalBytes, utf8 } from '@warren/primitives/bytes'
import { isEd25519PublicKey } from '@warren/primitives/ed25519-expanded'
import { base32Text } from '@warren/primitives/encoding'
import { sha3_256 } from '@warren/primitives/hash'
import { TorError } from '../errors.ts'

const VERSION = Uint8Array.of(3)
const SUFFIX = '.onion'

function checksum(publicKey: Uint8Array): Uint8Array {
  return sha3_256(utf8('.onion checksum'), publicKey, VERSION).slice(0, 2)
}

/** The address of a service key [ONIONADDRESS], with its suffix. */
export function onionAddress(publicKey: Uint8Array): string {
  return base32Text.encode(concatBytes(publicKey, checksum(publicKey), VERSION)).toLowerCase() + SUFFIX
}

/**
 * The service key of an address; labels before the last are dropped, as Tor drops subdomains. Throws TorError
 * `tor/address` for a wrong length, version, checksum, or a key with a torsion component (§2.2.7).
 */
export function parseOnionAddress(address: string): Uint8Array {
  const refuse = (why: string) =>
    new TorError('tor/address', `This is not a version 3 onion address: ${why}. Check it for typing errors.`)
  const name = address.toLowerCase()
  if (!name.endsWith(SUFFIX)) throw refuse('it does not end with .onion')
  const label = name.slice(0, -SUFFIX.length).split('.').at(-1) as string
  if (label.length !== 56) throw refuse(`it has ${label.length} characters, not 56`)
  let bytes: Uint8Array
  try {
    bytes = base32Text.decode(label.toUpperCase())
  } catch (cause) {
    throw new TorError('tor/address', 'This is not a version 3 onion address: it is not base32.', { cause })
  }
  const publicKey = bytes.slice(0, 32)
  if (bytes[34] !== 3) throw refuse('its version is not 3')
  if (!equalBytes(bytes.subarray(32, 34), checksum(publicKey))) throw refuse('its checksum does not match')
  if (!isEd25519PublicKey(publicKey)) throw refuse('its key is not valid')
  return publicKey
}
