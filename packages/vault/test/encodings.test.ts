import { Secret } from '@warren/primitives/secret'
import { expectEveryByteBound, expectExactLength } from '@warren/testkit/decoder'
import { testRng } from '@warren/testkit/rng'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  accountIds,
  checkName,
  chunkIds,
  chunkKey,
  decodeAccountChange,
  decodeApproval,
  decodeChunkBatch,
  decodeEdge,
  decodeLogEntry,
  decodeOperations,
  decodeReach,
  decodeSharePackage,
  decodeSpaceChange,
  type Edge,
  encodeAccountChange,
  encodeChunkBatch,
  encodeOperations,
  encodeReach,
  encodeSharePackage,
  encodeSpaceChange,
  enrolmentIds,
  fileIds,
  formatLink,
  type Link,
  type LogEntry,
  NO_PREVIOUS,
  nodeIds,
  type Operation,
  openChunk,
  openOperations,
  PRIVATE_URL,
  parseLink,
  parseSpacePath,
  sealChunk,
  sealOperations,
  setupIds,
  signApproval,
  signEdge,
  signLogEntry,
  spaceIds,
  verifyApproval,
  verifyEdge,
  verifyLogEntry,
  versionIds,
} from '../src/protocol/index.ts'
import { testDevice } from './devices.ts'

const rng = testRng('encodings')
const device = testDevice('encodings')
const account = accountIds.random(rng)
const space = spaceIds.random(rng)
const setup = setupIds.random(rng)

const passes = (attempt: () => unknown) => {
  try {
    return attempt() !== undefined
  } catch {
    return false
  }
}

const operations: Operation[] = [
  { kind: 'name', name: 'Holiday' },
  { kind: 'folder', path: parseSpacePath('2026/July') },
  {
    kind: 'file',
    path: parseSpacePath('2026/July/sea.jpg'),
    version: {
      file: fileIds.random(rng),
      version: versionIds.random(rng),
      bytes: 9,
      modifiedMs: 1_700_000_000_000,
      executable: false,
      digest: rng.bytes(32),
      key: new Secret(rng.bytes(32)),
      chunkBytes: 4,
      chunks: [chunkIds.random(rng), chunkIds.random(rng), chunkIds.random(rng)],
    },
  },
  { kind: 'move', from: parseSpacePath('a'), to: parseSpacePath('b/c') },
  { kind: 'delete', path: parseSpacePath('b') },
]

describe('signed structures: exact length, and every byte bound', () => {
  const entry: LogEntry = {
    log: { kind: 'space', id: space },
    sequence: 7,
    previous: NO_PREVIOUS,
    author: { account, device: device.id },
    writtenAtMs: 1_700_000_000_000,
    kind: 4,
    body: rng.bytes(16),
  }
  it('log entry', async () => {
    const encoded = await signLogEntry(entry, device.signer)
    expectExactLength(encoded, decodeLogEntry)
    expect(verifyLogEntry(decodeLogEntry(encoded), device.identity.signingKey)).toEqual(entry)
    expectEveryByteBound(encoded, (b) =>
      passes(() => verifyLogEntry(decodeLogEntry(b), device.identity.signingKey)),
    )
  })
  it('edge, of every purpose', async () => {
    const purposes: Edge['purpose'][] = [
      { kind: 'owner', space, epoch: 3 },
      { kind: 'share', space, epoch: 3, account, untilMs: undefined },
      { kind: 'share', space, epoch: 3, account, untilMs: 1_800_000_000_000 },
      { kind: 'device', account },
      { kind: 'recovery-out', account, setup, user: account, locked: true },
      { kind: 'recovery-in', account, setup, user: account },
    ]
    for (const purpose of purposes) {
      const edge: Edge = {
        from: rng.bytes(49),
        to: rng.bytes(49),
        purpose,
        author: { account, device: device.id },
        reencryptionKey: rng.bytes(64),
      }
      const encoded = await signEdge(edge, device.signer)
      expectExactLength(encoded, decodeEdge)
      expect(verifyEdge(decodeEdge(encoded), device.identity.signingKey)).toEqual(edge)
      expectEveryByteBound(
        encoded,
        (b) => passes(() => verifyEdge(decodeEdge(b), device.identity.signingKey)),
        5,
      )
    }
  })
  it('recovery approval', async () => {
    const approval = {
      account,
      setup,
      newDevice: device.id,
      approver: { account, device: device.id },
      approverSequence: 4,
    }
    const encoded = await signApproval(approval, device.signer)
    expectExactLength(encoded, decodeApproval)
    expect(verifyApproval(decodeApproval(encoded), device.identity.signingKey)).toEqual(approval)
    expectEveryByteBound(encoded, (b) =>
      passes(() => verifyApproval(decodeApproval(b), device.identity.signingKey)),
    )
  })
})

describe('bodies', () => {
  it('account changes come back as they went in, and no other length is taken', () => {
    const changes: Parameters<typeof encodeAccountChange>[0][] = [
      { kind: 'genesis', name: 'Zoë', salt: rng.bytes(16), device: device.enrolled },
      { kind: 'device-added', device: device.enrolled },
      { kind: 'device-removed', device: device.id },
      { kind: 'primary-changed', primary: device.id },
      {
        kind: 'recovery-set-up',
        setup: {
          id: setup,
          threshold: 2,
          users: [account, accountIds.random(rng)],
          commitments: [
            [rng.bytes(32), rng.bytes(32)],
            [rng.bytes(32), rng.bytes(32)],
          ],
        },
      },
      { kind: 'recovery-set-up', setup: { id: setup, threshold: 0, users: [], commitments: [] } },
      { kind: 'recovered', device: device.enrolled, setup, approvals: [rng.bytes(90)] },
    ]
    for (const change of changes) {
      const { kind, body } = encodeAccountChange(change)
      expect(decodeAccountChange(kind, body)).toEqual(change)
      expectExactLength(body, (b) => decodeAccountChange(kind, b))
    }
    expect(() => decodeAccountChange(99, new Uint8Array(0))).toThrow(/unknown kind/)
  })
  it('a recovery setup with a threshold out of range is refused', () => {
    for (const threshold of [0, 3])
      expect(() => {
        const { kind, body } = encodeAccountChange({
          kind: 'recovery-set-up',
          setup: { id: setup, threshold, users: [account], commitments: [] },
        })
        return decodeAccountChange(kind, body)
      }).toThrow(/threshold|commitments/)
  })
  it('space changes', () => {
    const ownerKeys = { recipient: rng.bytes(49), capsule: rng.bytes(300), sealedSecretKey: rng.bytes(60) }
    const epoch = {
      number: 2,
      publicKey: rng.bytes(49),
      capsule: rng.bytes(300),
      keyCheck: rng.bytes(32),
      ownerKeys,
      previousKey: rng.bytes(48),
    }
    const changes: Parameters<typeof encodeSpaceChange>[0][] = [
      { kind: 'created', epoch },
      { kind: 'operations', epoch: 2, salt: rng.bytes(16), sealed: rng.bytes(40) },
      { kind: 'member-in', account, role: 'writer' },
      { kind: 'member-out', account },
      { kind: 'epoch', epoch },
      { kind: 'owner-keys', epoch: 1, ownerKeys },
    ]
    for (const change of changes) {
      const { kind, body } = encodeSpaceChange(change)
      expect(decodeSpaceChange(kind, body)).toEqual(change)
      expectExactLength(body, (b) => decodeSpaceChange(kind, b))
    }
  })
  it('share package', () => {
    const value = {
      setup,
      owner: account,
      user: account,
      recipient: nodeIds.random(rng),
      capsule: rng.bytes(90),
      sealed: rng.bytes(80),
    }
    expect(decodeSharePackage(encodeSharePackage(value))).toEqual(value)
    expectExactLength(encodeSharePackage(value), decodeSharePackage)
  })
  it('random bytes are never taken for anything, and never crash a decoder', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.integer({ min: 0, max: 8 }), (bytes, kind) => {
        for (const decode of [
          decodeLogEntry,
          decodeEdge,
          decodeApproval,
          decodeSharePackage,
          decodeOperations,
        ])
          expect(() => decode(bytes)).toThrow(expect.objectContaining({ kind: 'bad-input' }))
        passes(() => decodeAccountChange(kind, bytes))
        passes(() => decodeSpaceChange(kind, bytes))
      }),
      { seed: 1, numRuns: 300 },
    )
  })
})

describe('operations', () => {
  const key = new Secret(rng.bytes(32))
  it('come back as they went in', () => {
    expect(decodeOperations(encodeOperations(operations))).toEqual(operations)
    expectExactLength(encodeOperations(operations), decodeOperations)
  })
  it('open only in their space, epoch and salt', () => {
    const salt = rng.bytes(16)
    const sealed = sealOperations(operations, key, space, 3, salt)
    expect(openOperations(sealed, key, space, 3, salt)).toEqual(operations)
    for (const attempt of [
      () => openOperations(sealed, key, space, 4, salt),
      () => openOperations(sealed, key, spaceIds.random(rng), 3, salt),
      () => openOperations(sealed, key, space, 3, rng.bytes(16)),
      () => openOperations(sealed, new Secret(rng.bytes(32)), space, 3, salt),
    ])
      expect(attempt).toThrow(expect.objectContaining({ code: 'aead' }))
  })
  it('with a path out of normal form are refused', () => {
    const text = encodeOperations([{ kind: 'folder', path: '../up' as never }])
    expect(() => decodeOperations(text)).toThrow(/leaves its place/)
  })
})

describe('chunks', () => {
  const key = chunkKey(new Secret(rng.bytes(32)))
  const place = { file: fileIds.random(rng), version: versionIds.random(rng), index: 1, last: false }
  const sealed = sealChunk(key, place, rng.bytes(50), rng)
  it('open at their place only: not moved, swapped, or made the last', () => {
    expect(openChunk(key, place, sealed)).toHaveLength(50)
    for (const other of [
      { ...place, index: 2 },
      { ...place, last: true },
      { ...place, file: fileIds.random(rng) },
      { ...place, version: versionIds.random(rng) },
    ])
      expect(() => openChunk(key, other, sealed)).toThrow(expect.objectContaining({ code: 'aead' }))
    expectEveryByteBound(sealed, (b) => passes(() => openChunk(key, place, b)))
    expectExactLength(sealed, (b) => openChunk(key, place, b))
  })
  it('of a batch are what went in, in its order', () => {
    const chunks = [1, 0, 700].map((length) => ({ id: chunkIds.random(rng), sealed: rng.bytes(length) }))
    const batch = encodeChunkBatch(chunks)
    expect(decodeChunkBatch(batch)).toEqual(chunks)
    // Not copied: they lie where they came.
    for (const { sealed: s } of decodeChunkBatch(batch)) expect(s.buffer).toBe(batch.buffer)
    const [first] = chunks
    if (first !== undefined) expect(() => decodeChunkBatch(encodeChunkBatch([first, first]))).toThrow(/twice/)
  })
})

describe('names and paths', () => {
  it('normal ones pass, in normal form C', () => {
    expect(parseSpacePath('/a/b c/é.txt/')).toBe('a/b c/é.txt')
    expect(checkName('…')).toBe('…')
  })
  it.each([
    '..',
    'a/../b',
    '.',
    'a//b',
    'a\u0000b',
    'a\nb',
    'x\u202Egpj.exe',
    'zero\u200Bwidth',
    'a\\b',
    'a\u2215b',
    'a／b',
    '．．',
    ' a',
    'a ',
    '\uD800',
    'x'.repeat(256),
    '\uE000',
  ])('refuses %j', (path) => {
    expect(() => parseSpacePath(path)).toThrow(expect.objectContaining({ code: 'vault/name' }))
  })
  it('whatever passes passes again unchanged, and stays inside', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
        let path: string
        try {
          path = parseSpacePath(text)
        } catch {
          return
        }
        expect(parseSpacePath(path)).toBe(path)
        expect(path.split('/')).not.toContain('..')
      }),
      { seed: 1 },
    )
  })
})

describe('links', () => {
  const secret = new Secret(rng.bytes(32))
  const links = [
    { kind: 'invitation', url: 'http://127.0.0.1:8484', secret, inviter: undefined },
    { kind: 'invitation', url: 'https://vault.example/warren', secret, inviter: account },
  ] as const
  it.each(links)('$kind comes back as it went in', (link) => {
    expect(parseLink(formatLink(link))).toEqual(link)
  })
  const reach = { network: rng.bytes(160), credential: rng.bytes(65) }
  const enrolment = enrolmentIds.random(rng)
  const privateLinks: Link[] = [
    { kind: 'invitation', url: PRIVATE_URL, secret, inviter: account, reach },
    { kind: 'device', url: PRIVATE_URL, secret, account, enrolment, reach },
    { kind: 'recovery', url: PRIVATE_URL, reach },
  ]
  it.each(privateLinks)('$kind to a private vault comes back as it went in', (link) => {
    const text = formatLink(link)
    expect(text.startsWith('warren+tor://vault/join#')).toBe(true)
    expect(parseLink(text)).toEqual(link)
  })
  it('a private address and a way to it belong together', () => {
    expect(() => formatLink({ kind: 'invitation', url: PRIVATE_URL, secret, inviter: account })).toThrow(
      TypeError,
    )
    expect(() => formatLink({ ...links[0], reach })).toThrow(TypeError)
  })
  it('a private one that is cut, longer, or of another address or version is refused', () => {
    for (const text of privateLinks.map(formatLink))
      for (const bad of [
        text.slice(0, -4),
        `${text}AAAA`,
        text.replace('//vault', '//vault.example'),
        text.replace('warren+tor://vault', 'http://vault.example'),
        text.replace('#Ag', '#AQ'),
        `${text}${'A'.repeat(4000)}`,
      ])
        expect(() => parseLink(bad)).toThrow(expect.objectContaining({ code: 'vault/invitation' }))
  })
  it('the stored way to a private vault: round trip, and refused when damaged', () => {
    expect(decodeReach(encodeReach(reach))).toEqual(reach)
    for (const bad of [encodeReach(reach).subarray(1), new Uint8Array([...encodeReach(reach), 0])])
      expect(() => decodeReach(bad)).toThrow(expect.objectContaining({ code: 'vault/state' }))
  })
  it('a damaged one says so and does not repeat itself', () => {
    const text = formatLink(links[1])
    for (const bad of [
      text.slice(0, -4),
      `${text}AAAA`,
      text.replace('#', '?'),
      'hello',
      text.replace('/join', ''),
    ])
      expect(() => parseLink(bad)).toThrow(
        expect.objectContaining({
          code: 'vault/invitation',
          message: expect.not.stringContaining(bad.slice(-20)),
        }),
      )
  })
})
