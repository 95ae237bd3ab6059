import { combine, split } from 'shamir-secret-sharing'
import { Secret } from './secret.ts'

/**
 * Shamir's secret sharing over GF(2^8), bytewise. Any `threshold` of the shares give the secret back, fewer say nothing
 * about it. 2 ≤ threshold ≤ shares ≤ 255. A share is one byte longer than the secret.
 *
 * The library draws its polynomials from the system's generator; no other source can be passed in. Shares are not
 * authenticated: commit to them.
 */
export async function splitSecret(secret: Secret, shares: number, threshold: number): Promise<Uint8Array[]> {
  return (await split(secret.reveal(), shares, threshold)).map((share) => Uint8Array.from(share))
}

/** With wrong or too few shares the result is another secret, not an error. Throws for shares that do not fit together. */
export async function combineShares(shares: readonly Uint8Array[]): Promise<Secret> {
  const bytes = await combine([...shares])
  const secret = new Secret(bytes)
  bytes.fill(0)
  return secret
}
