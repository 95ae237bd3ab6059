import { createHash } from 'node:crypto'
import { seal } from '@warren/primitives/aead'
import { sha256 } from '@warren/primitives/hash'
import { inTurn, type Report } from './harness.ts'
import { machine } from './machine.ts'
import type { Benchmark } from './registry.ts'

const MIB = 2 ** 20

/** The hash and the AEAD that files pass through, beside node:crypto itself. */
export const benchmark: Benchmark = {
  async run({ runs = 7 }): Promise<Report> {
    const data = new Uint8Array(MIB)
    const key = new Uint8Array(32)
    const nonce = new Uint8Array(12)
    const none = new Uint8Array(0)
    const times = await inTurn(
      {
        sha256: () => sha256(data),
        'node:crypto sha256': () => createHash('sha256').update(data).digest(),
        seal: () => seal(key, nonce, data, none),
      },
      { runs, callsPerRun: 8 },
    )
    return {
      schema: 'warren.bench/1',
      name: 'primitives',
      machine: machine(),
      rows: [
        {
          name: 'SHA-256 of 1 MiB',
          measured: times.sha256,
          peer: { name: 'node:crypto', measured: times['node:crypto sha256'] },
        },
        { name: 'ChaCha20-Poly1305 seal of 1 MiB', measured: times.seal },
      ],
      notes: [],
    }
  },
}
