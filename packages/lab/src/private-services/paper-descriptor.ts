import { sha3_256 } from '@warren/primitives/hash'
import { ByteWriter } from '@warren/primitives/wire'
import type { ClientKey } from '@warren/private-service/protocol'

/** §4.3: H(H(CK), H(DC, TP, RI)), and what the descriptor of figure 3 shows of it in clear. */
export function paperDescriptor(
  client: Pick<ClientKey, 'publicKey' | 'cookie'>,
  period: number,
  replica: number,
) {
  const secretPart = paperSecretPart(client.cookie.reveal(), period, replica)
  return {
    id: sha3_256(sha3_256(client.publicKey), secretPart),
    clear: { clientKey: client.publicKey, secretPart },
  }
}

/** H(DC, TP, RI) */
export function paperSecretPart(cookie: Uint8Array, period: number, replica: number): Uint8Array {
  return sha3_256(cookie, new ByteWriter(16).u64(period).u64(replica).finish())
}
