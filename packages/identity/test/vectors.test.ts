import { utf8 } from '@warren/primitives/bytes'
import { hexText } from '@warren/primitives/encoding'
import { Secret } from '@warren/primitives/secret'
import { scriptedRng } from '@warren/testkit/rng'
import { loadVectors } from '@warren/testkit/vectors-node'
import { describe, expect, it } from 'vitest'
import {
  accountName,
  certifyPrimary,
  checkEvidence,
  contentDigest,
  decodeEvidence,
  deviceChainCertifier,
  deviceIdentity,
  encodeEvidence,
  signRequest,
  softwareSigner,
} from '../src/index.ts'

describe('frozen vectors (docs/formats/identity.md)', () => {
  it('evidence', async () => {
    const vector = loadVectors<
      Record<'seed' | 'encryptionKey' | 'evidence', string> & { issuedAtMs: number }
    >(import.meta.url, 'vectors/device.json')
    const signer = softwareSigner(new Secret(hexText.decode(vector.seed)))
    const device = deviceIdentity(signer.publicKey, hexText.decode(vector.encryptionKey), 'phone')
    const evidence = await certifyPrimary(accountName('Alice'), device, signer, vector.issuedAtMs)
    expect(hexText.encode(encodeEvidence(evidence))).toBe(vector.evidence)
    const context = { nowMs: vector.issuedAtMs, revocations: [] }
    const read = decodeEvidence(hexText.decode(vector.evidence))
    expect((await checkEvidence(read, [deviceChainCertifier], context)).account).toBe('Alice')
  })

  it('signed request', async () => {
    const vector = loadVectors<
      Record<'seed' | 'nonceBytes' | 'method' | 'path' | 'query' | 'body' | 'keyid' | 'audience', string> & {
        nowMs: number
        headers: Record<string, string>
      }
    >(import.meta.url, 'vectors/request.json')
    const headers = await signRequest(
      { method: vector.method, path: vector.path, query: vector.query },
      { contentDigest: contentDigest(utf8(vector.body)) },
      softwareSigner(new Secret(hexText.decode(vector.seed))),
      { keyid: vector.keyid, audience: vector.audience },
      { clock: { now: () => vector.nowMs }, rng: scriptedRng(hexText.decode(vector.nonceBytes)) },
    )
    expect(headers).toEqual(vector.headers)
  })
})
