import { utf8 } from '@warren/primitives/bytes'
import { Secret } from '@warren/primitives/secret'
import { combineShares, splitSecret } from '@warren/primitives/shamir'
import { type KeyPair, loadSuite, ReencryptionError, type SuiteId } from '@warren/reencryption'
import { defineScenario } from '../scenario.ts'

const CONTEXT = utf8('lab/recovery/threshold')

interface Attempt {
  helpers: number
  wrongShares: number
  recovered: boolean
}

interface Result {
  n: number
  t: number
  attempts: Attempt[]
}

/** R3 with the product's locks and shares; sharing draws from the system's generator, the outcome does not depend on it. */
export const threshold = defineScenario<{ suite: string; n: number; t: number }, Result>({
  id: 'recovery/threshold',
  title: 'Recovery with t of n recovery users',
  source: { paper: 'recovery', section: '§4.2 (R3)' },
  summary:
    'Alice makes a re-encryption key to each of n recovery users, locks it, and shares each lock’s secret among them. After she has lost her device, a growing number of them hand their shares of one key back; the service tries to rebuild it, and Alice to read on her new device.',
  parameters: {
    suite: { kind: 'choice', choices: ['cai-liu', 'split'], default: 'cai-liu', help: 'the suite' },
    n: { kind: 'integer', default: 5, min: 2, max: 20, help: 'recovery users' },
    t: { kind: 'integer', default: 3, min: 2, max: 20, help: 'how many of them are needed' },
  },
  async run({ suite: id, n, t: wanted }, { rng, signal }) {
    const t = Math.min(n, wanted)
    const suite = await loadSuite(id as SuiteId)
    const old = suite.generateKeyPair(rng)
    const fresh = suite.generateKeyPair(rng)
    const helpers = Array.from({ length: n }, () => suite.generateKeyPair(rng))
    const { key, capsule } = suite.encapsulate(old.publicKey, CONTEXT, rng)
    const [helper] = helpers as [KeyPair]
    const { locked, secret } = suite.lockReencryptionKey(
      suite.reencryptionKey(old.secretKey, helper.publicKey, rng),
      rng,
    )
    const shares = await splitSecret(secret, n, t)
    const toFresh = suite.reencryptionKey(helper.secretKey, fresh.publicKey, rng)

    const attempt = async (count: number, wrong: number): Promise<Attempt> => {
      signal.throwIfAborted()
      const given = shares.slice(0, count).map((share, i) => {
        const copy = Uint8Array.from(share)
        if (i < wrong) copy[0] = (copy[0] as number) ^ 0xff
        return copy
      })
      let recovered = false
      try {
        const rebuilt: Secret =
          count < 2 ? new Secret(given[0]?.subarray(0, 32) ?? new Uint8Array(32)) : await combineShares(given)
        const rk = suite.unlockReencryptionKey(locked, rebuilt)
        const moved = suite.reencryptAlong([rk, toFresh], capsule, rng)
        recovered = suite.decapsulate(fresh.secretKey, moved, CONTEXT).equals(key)
      } catch (error) {
        if (!(error instanceof ReencryptionError)) throw error
      }
      return { helpers: count, wrongShares: wrong, recovered }
    }
    const attempts: Attempt[] = []
    for (let count = 1; count <= n; count++) attempts.push(await attempt(count, 0))
    attempts.push(await attempt(t, 1))
    return { n, t, attempts }
  },
  figures: ({ attempts }) => [
    {
      kind: 'table',
      title: 'Attempts to recover',
      columns: [{ name: 'recovery users' }, { name: 'wrong shares among them' }, { name: 'recovered' }],
      rows: attempts.map((a) => [a.helpers, a.wrongShares, a.recovered]),
    },
  ],
  claims: [
    {
      id: 't-suffice',
      statement: 't of the n recovery users give the access back.',
      source: '§4.2 (R3)',
      stands: 'holds',
      check: ({ t, attempts }) => {
        const enough = attempts.filter((a) => a.helpers >= t && a.wrongShares === 0)
        return {
          verdict: enough.every((a) => a.recovered) ? 'holds' : 'fails',
          measured: `${enough.filter((a) => a.recovered).length} of ${enough.length} attempts`,
          expected: 'all',
        }
      },
    },
    {
      id: 't-minus-one-do-not',
      statement: 'From t − 1 of them the service rebuilds no key that it could use.',
      source: '§6',
      stands: 'holds',
      check: ({ t, attempts }) => {
        const few = attempts.filter((a) => a.helpers < t)
        return {
          verdict: few.every((a) => !a.recovered) ? 'holds' : 'fails',
          measured: `${few.filter((a) => a.recovered).length} of ${few.length} attempts`,
          expected: 'none',
        }
      },
    },
    {
      id: 'wrong-share-is-noticed',
      statement: 'With one wrong share among t the rebuilt key is refused, not used.',
      source: 'beyond the paper',
      stands: 'holds',
      check: ({ attempts }) => {
        const wrong = attempts.filter((a) => a.wrongShares > 0)
        return {
          verdict: wrong.every((a) => !a.recovered) ? 'holds' : 'fails',
          measured: `${wrong.filter((a) => a.recovered).length} accepted`,
          expected: '0 accepted',
        }
      },
    },
  ],
})
