import type { Keystore } from '@warren/keystore'
import { Secret } from '@warren/primitives/secret'
import { decodeReach, encodeReach, PRIVATE_URL, type PrivateReach } from '@warren/vault/protocol'
import { type Home, HomeError } from './home.ts'

const FILE = 'reach.sealed'
const LABEL = 'warren/reach/1'

/** Keeps the way to a private vault, sealed: whoever has it can tell that the vault exists. */
export async function storeReach(home: Home, keystore: Keystore, reach: PrivateReach): Promise<void> {
  await home.directory.write(FILE, await keystore.seal(LABEL, new Secret(encodeReach(reach))))
}

/** Undefined for a vault that is not private. Throws HomeError `cli/home` where the way to a private one is gone. */
export async function storedReach(
  home: Home,
  keystore: Keystore,
  url: string,
): Promise<PrivateReach | undefined> {
  if (url !== PRIVATE_URL) return undefined
  if (!(await home.directory.has(FILE)))
    throw new HomeError(
      'cli/home',
      'bad-input',
      'this home has lost the way to its private vault: ask somebody who is in for a link',
    )
  const secret = await keystore.unseal(LABEL, await home.directory.read(FILE))
  return decodeReach(secret.reveal())
}
