import { mkdtemp, readdir, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hexText } from '@warren/primitives/encoding'
import { testRng } from '@warren/testkit/rng'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { generateClientKey } from '../src/client-key.ts'
import { fileStateStore } from '../src/file-store-node.ts'
import {
  decodeState,
  emptyState,
  encodeState,
  loadState,
  type ServiceState,
  saveState,
} from '../src/state.ts'

const rng = testRng('state')
const xor = (bytes: Uint8Array) => Promise.resolve(bytes.map((byte) => byte ^ 0x5a))
const sealer = { seal: xor, open: xor }

function state(): ServiceState {
  const alice = generateClientKey('Alice', 1_790_000_000_000, rng)
  return {
    groups: [
      {
        name: 'common',
        clients: [alice, generateClientKey('Bob', 5, rng)],
        replays: [{ cookie: rng.bytes(20), seenMs: 1_790_000_000_001 }],
      },
      {
        name: 'choir',
        clients: [generateClientKey('Carol', 6, rng)],
        replays: [{ cookie: rng.bytes(20), seenMs: 1_790_000_000_002 }],
      },
    ],
    revisions: [{ blindedKey: hexText.encode(rng.bytes(32)), revision: 3_971_694_514, period: 20_000 }],
    requests: [{ client: alice.id, times: [1, 2, 3] }],
  }
}

describe('state', () => {
  it('comes back whole', () => {
    const before = state()
    const after = decodeState(encodeState(before))
    expect(encodeState(after)).toEqual(encodeState(before))
    const clientsOf = ({ groups }: ServiceState) =>
      groups.map(({ name, clients }) => [name, clients.map(({ label, publicKey }) => [label, publicKey])])
    expect(clientsOf(after)).toEqual(clientsOf(before))
  })

  it('is refused when truncated, extended or of another version', () => {
    const bytes = encodeState(state())
    for (const wrong of [
      bytes.slice(0, -1),
      Uint8Array.from([...bytes, 0]),
      Uint8Array.of(9),
      new Uint8Array(0),
    ])
      expect(() => decodeState(wrong)).toThrow(expect.objectContaining({ code: 'private-service/state' }))
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
        try {
          decodeState(noise)
        } catch (error) {
          expect(error).toMatchObject({ code: 'private-service/state' })
        }
      }),
    )
  })

  it.each<[string, (groups: ServiceState['groups']) => unknown]>([
    ['a group that is there twice', ([common, choir]) => [common, choir, choir]],
    ['no common group', ([, choir]) => [choir]],
    ['no group', () => []],
    ['a group without clients', ([common, choir]) => [common, { ...choir, clients: [] }]],
    ['a client in two groups', ([common, choir]) => [common, { ...choir, clients: common?.clients }]],
    ['a name that is none', ([common, choir]) => [common, { ...choir, name: 'Choir!' }]],
    [
      'more than sixteen groups',
      ([common]) => [
        common,
        ...Array.from({ length: 16 }, (_, i) => ({
          name: `group-${i}`,
          clients: [generateClientKey('', i, rng)],
          replays: [],
        })),
      ],
    ],
  ])('is refused with %s', (_, change) => {
    const before = state()
    const wrong = { ...before, groups: change(before.groups) as ServiceState['groups'] }
    expect(() => decodeState(encodeState(wrong))).toThrow(
      expect.objectContaining({ code: 'private-service/state' }),
    )
  })

  it('is refused with groups in another order', () => {
    const before = state()
    const dave = { name: 'family', clients: [generateClientKey('Dave', 7, rng)], replays: [] }
    const bytes = encodeState({ ...before, groups: [...before.groups, dave] })
    const at = (name: string) => Buffer.from(bytes).indexOf(name)
    // `choir` becomes `zhoir`, which would have to stand behind `family`.
    bytes[at('choir')] = 'z'.charCodeAt(0)
    expect(() => decodeState(bytes)).toThrow(expect.objectContaining({ code: 'private-service/state' }))
  })

  it('is kept on disk sealed, in one file of mode 0600, replaced as a whole', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'warren-state-'))
    const path = join(folder, 'deep', 'service.state')
    const store = fileStateStore(path)
    expect(await loadState(store, sealer)).toEqual(emptyState())
    const before = state()
    await saveState(store, sealer, before)
    await saveState(store, sealer, before)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(await readdir(join(folder, 'deep'))).toEqual(['service.state'])
    expect(encodeState(await loadState(store, sealer))).toEqual(encodeState(before))
    await writeFile(path, 'garbage')
    await expect(loadState(store, sealer)).rejects.toMatchObject({ code: 'private-service/state' })
  })
})
