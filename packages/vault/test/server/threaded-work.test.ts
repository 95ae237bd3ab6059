import { loadSuite } from '@warren/reencryption'
import { testRng } from '@warren/testkit/rng'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { threadedWork } from '../../src/server/reencryptor/threaded-work-node.ts'
import type { Check, PairingWork, ServiceSuite } from '../../src/server/reencryptor/work.ts'

const MANY = 9

let checks: Check[]
let bad: Check
let here: string[]
let work: PairingWork

beforeAll(async () => {
  const suite = await loadSuite('cai-liu')
  const rng = testRng('threaded work')
  const [a, b] = [suite.generateKeyPair(rng), suite.generateKeyPair(rng)]
  const context = new Uint8Array([1])
  const reencryptionKey = suite.reencryptionKey(a.secretKey, b.publicKey, rng)
  const { capsule } = suite.encapsulate(a.publicKey, context, rng)
  checks = Array.from({ length: MANY }, (_, i) =>
    i % 2 === 0
      ? { kind: 'reencryption-key', reencryptionKey, from: a.publicKey, to: b.publicKey }
      : { kind: 'capsule', capsule, publicKey: a.publicKey, context },
  )
  bad = { kind: 'capsule', capsule, publicKey: b.publicKey, context }
  // What this thread does with its own suite is noted: the threads load theirs.
  here = []
  const noted: ServiceSuite = {
    ...suite,
    id: suite.id,
    levelOf: (sealed) => suite.levelOf(sealed),
    checkCapsule: (...args) => {
      here.push('capsule')
      suite.checkCapsule(...args)
    },
    checkReencryptionKey: (...args) => {
      here.push('key')
      suite.checkReencryptionKey(...args)
    },
  }
  work = threadedWork(noted, 2)
})
afterAll(() => work.close())

it('many checks are made in threads, and none in this one', async () => {
  await work.check(checks)
  expect(here).toEqual([])
})

it('a wrong one among many is refused, wherever it stands', async () => {
  for (const at of [0, 4, MANY]) {
    const refused = work.check([...checks.slice(0, at), bad, ...checks.slice(at)])
    await expect(refused).rejects.toMatchObject({
      code: 'vault/bad-request',
      message: expect.stringContaining('a capsule') as string,
    })
  }
  expect(here).toEqual([])
})

it('few are made here, where no thread has to be started', async () => {
  await work.check(checks.slice(0, 2))
  expect(here).toEqual(['key', 'capsule'])
  await expect(work.check([bad])).rejects.toMatchObject({ code: 'vault/bad-request' })
})

it('nothing is checked after the end', async () => {
  await work.close()
  await expect(work.check(checks)).rejects.toMatchObject({ code: 'vault/busy' })
})
