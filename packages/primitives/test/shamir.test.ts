import { testRng } from '@warren/testkit/rng'
import { expect, it } from 'vitest'
import { Secret } from '../src/secret.ts'
import { combineShares, splitSecret } from '../src/shamir.ts'

const secret = new Secret(testRng('shamir').bytes(32))

it('any threshold of the shares give the secret back', async () => {
  const shares = await splitSecret(secret, 4, 3)
  expect(new Set(shares.map((share) => share.length))).toEqual(new Set([33]))
  for (let left = 0; left < 4; left++)
    expect((await combineShares(shares.filter((_, i) => i !== left))).equals(secret)).toBe(true)
})

it('one fewer, or a wrong one, gives something else', async () => {
  const shares = await splitSecret(secret, 4, 3)
  expect((await combineShares(shares.slice(0, 2))).equals(secret)).toBe(false)
  const wrong = shares
    .slice(0, 3)
    .map((share, i) => (i === 1 ? share.map((byte, j) => (j === 0 ? byte ^ 1 : byte)) : share))
  expect((await combineShares(wrong)).equals(secret)).toBe(false)
})

it('shares that do not fit together are refused', async () => {
  const shares = await splitSecret(secret, 3, 2)
  const [first = new Uint8Array(0)] = shares
  await expect(combineShares([first, first])).rejects.toThrow(/share/)
  await expect(combineShares([first])).rejects.toThrow(/share/)
})
