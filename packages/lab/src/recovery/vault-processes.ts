import type { Session, Source } from '@warren/vault/client'
import type { SpacePath } from '@warren/vault/protocol'
import type { Verdict } from '../scenario.ts'
import { defineScenario } from '../scenario.ts'
import { type Tally, tallyText } from './counting-suite.ts'

interface Parameters {
  files: number
  spaces: number
}

interface Result {
  files: number
  /** Spaces that Alice owns: o of Table 2, because each has one outgoing key to her primary device. */
  spaces: number
  /** Client operations by process. */
  operations: Record<string, Tally>
  /** Re-encryptions on the way from a space's key to a device, by situation. */
  chains: Record<string, number>
}

function chain(id: string, statement: string, source: string, situation: string, expected: number) {
  return {
    id,
    statement,
    source,
    stands: 'holds' as const,
    check({ chains }: Result): Verdict {
      const measured = chains[situation]
      return {
        verdict: measured === expected ? 'holds' : 'fails',
        measured: String(measured),
        expected: String(expected),
      }
    },
  }
}

function cost(
  id: string,
  statement: string,
  source: string,
  process: string,
  expected: (spaces: number) => Tally,
) {
  return {
    id,
    statement,
    source,
    stands: 'holds' as const,
    check({ operations, spaces }: Result): Verdict {
      const whole = tallyText(expected(spaces))
      const measured = tallyText(operations[process])
      return { verdict: measured === whole ? 'holds' : 'fails', measured, expected: whole }
    },
  }
}

function small(name: string): Source {
  const content = new TextEncoder().encode(name)
  return {
    path: name as SpacePath,
    bytes: content.length,
    modifiedMs: 0,
    executable: false,
    open() {
      let left = content
      return Promise.resolve({
        read(into) {
          const part = left.subarray(0, into.length)
          into.set(part)
          left = left.subarray(part.length)
          return Promise.resolve(part.length)
        },
        unchanged: () => Promise.resolve(true),
        close: () => Promise.resolve(),
      })
    },
  }
}

/** Protocols 1 and 2 by the product: a real service, real clients, every operation counted, every chain measured. */
export const vaultProcesses = defineScenario<Parameters, Result>({
  id: 'recovery/vault-processes',
  title: 'The vault itself: operations per process and length of chains',
  source: { paper: 'recovery', section: '§4.1, §4.2, §4.4, Tables 1 and 2' },
  summary:
    'Runs set-up, secondary device, upload, grant, download, R1, R2, R3 and refresh with the code of the vault, on a service of its own, and counts what the clients compute and how often the service re-encrypts. A space has a key of its own, so every chain has one step more at its beginning than in the paper; what recovery adds is the same.',
  parameters: {
    files: { kind: 'integer', min: 1, max: 500, default: 20, help: 'files that are uploaded' },
    spaces: { kind: 'integer', min: 2, max: 20, default: 3, help: 'spaces that the first user owns' },
  },
  async run({ files, spaces }, { rng, signal, progress }) {
    const { openLabVault } = await import('./vault-node.ts')
    const client = await import('@warren/vault/client')
    const vault = await openLabVault(rng, signal)
    const operations: Record<string, Tally> = {}
    const chains: Record<string, number> = {}
    const count = async <T>(process: string, work: () => Promise<T>): Promise<T> => {
      progress.report(Object.keys(operations).length / 13, process)
      const counted = await vault.counted(work)
      operations[process] = counted.operations
      return counted.result
    }
    const length = async (session: Session, name: string) => {
      const { state } = await client.findSpace(session, name)
      const answer = await session.api.epochKey(state.id, state.epochs.length - 1)
      return answer.chain.length - 1
    }
    try {
      const alice = await count('set-up', () => vault.account('Alice'))
      const bob = await vault.account('Bob')
      const carol = await vault.account('Carol')
      const laptop = await count('secondary device', () => vault.secondDevice(alice, 'Alice 2'))
      const bobs = await vault.secondDevice(bob, 'Bob 2')

      const space = await client.openSpace(alice, await client.createSpace(alice, 'Space'))
      const sources = Array.from({ length: files }, (_, i) => small(`file ${i}`))
      const full = await count('upload', () => client.upload(alice, space, sources))
      const receiver = await alice.accounts.find('Bob')
      await count('grant', () => client.grantAccess(alice, full, { receiver, role: 'reader' }))
      await count('download', () => client.findSpace(bob, 'Space'))
      for (let i = 2; i <= spaces; i++) await client.createSpace(alice, `Space ${i}`)
      const second = await client.findSpace(laptop, 'Space 2')
      await count('grant by a secondary', () =>
        client.grantAccess(laptop, second, { receiver, role: 'reader' }),
      )
      chains['receiver, shared by a secondary'] = await length(bob, 'Space 2')
      chains['owner, primary'] = await length(alice, 'Space')
      chains['owner, secondary'] = await length(laptop, 'Space')
      chains['receiver, primary'] = await length(bob, 'Space')
      chains['receiver, secondary'] = await length(bobs, 'Space')

      // What Bob shared with Alice shows what her losses add, until his device makes new keys (§4.5).
      const incoming = await client.openSpace(bob, await client.createSpace(bob, 'Incoming'))
      await client.grantAccess(bob, incoming, { receiver: await bob.accounts.find('Alice'), role: 'reader' })
      await count('R1', () => client.promote(laptop, true))
      chains['after R1'] = await length(laptop, 'Incoming')
      await client.refresh(bob)
      chains['after R1, refreshed'] = await length(laptop, 'Incoming')

      const user = await laptop.accounts.find('Carol')
      await count('R2 registration', () => client.setUpRecovery(laptop, [user], 1))
      const back = await count('R2', () => vault.recover('Alice', [carol]))
      chains['after R2'] = await length(back, 'Incoming')
      await count('R2 re-making', () => client.refresh(back))
      await client.refresh(bob)
      chains['after R2, refreshed'] = await length(back, 'Incoming')

      const users = await Promise.all(['Bob', 'Carol'].map((name) => back.accounts.find(name)))
      await count('R3 registration', () => client.setUpRecovery(back, users, 2))
      const again = await count('R3', () => vault.recover('Alice', [bob, carol]))
      chains['after R3'] = await length(again, 'Incoming')
      return { files, spaces, operations, chains }
    } finally {
      await vault.close()
    }
  },
  figures: ({ operations, chains }) => [
    {
      kind: 'table',
      title: 'What the clients compute',
      columns: [{ name: 'process' }, { name: 'operations' }],
      rows: Object.entries(operations).map(([name, tally]) => [name, tallyText(tally)]),
    },
    {
      kind: 'table',
      title: 'Re-encryptions from the key of a space to a device',
      columns: [{ name: 'situation' }, { name: 'length of the chain' }],
      rows: Object.entries(chains),
    },
  ],
  claims: [
    cost('set-up', '(0) set-up: 1 KeyGen', 'Table 1', 'set-up', () => ({ KeyGen: 1 })),
    cost('secondary', '(1) secondary device: 1 KeyGen + 1 RKGen', 'Table 1', 'secondary device', () => ({
      KeyGen: 1,
      RKGen: 1,
    })),
    cost(
      'upload',
      'Upload: no re-encryption operation, however many files (one Enc for each epoch instead of each file)',
      'beyond the paper',
      'upload',
      () => ({}),
    ),
    cost(
      'grant',
      '(3) grant: 1 RKGen; 1 Dec gets the key of the space',
      'Table 1, with a key for each space',
      'grant',
      () => ({ RKGen: 1, 'Dec^1': 1 }),
    ),
    cost(
      'grant-by-secondary',
      '(3) grant from a secondary device: the same, with the key of the space from one level further',
      'Table 1, with a key for each space',
      'grant by a secondary',
      () => ({ RKGen: 1, 'Dec^2': 1 }),
    ),
    cost('download', '(4) download: 1 Dec', 'Table 1', 'download', () => ({ 'Dec^2': 1 })),
    cost(
      'r1',
      '(R1): o RKGen, one for each of her spaces; as many Enc bring their keys back to level 1, where the paper leaves them; one Dec reads the name of what she was given',
      'Table 2, with §4.5',
      'R1',
      (o) => ({ RKGen: o, Enc: o, 'Dec^2': o, 'Dec^3': 1 }),
    ),
    cost('r2-registration', '(R2) registration: 1 RKGen', 'Table 2', 'R2 registration', () => ({ RKGen: 1 })),
    cost(
      'r2',
      '(R2) during recovery: 1 RKGen by the recovery user; 1 KeyGen makes the new device',
      'Table 2',
      'R2',
      () => ({ KeyGen: 1, RKGen: 1 }),
    ),
    cost(
      'r2-remaking',
      '(R2) after it: o RKGen by the recovered device, and one that renews its own recovery',
      'Table 2, with §4.5',
      'R2 re-making',
      (o) => ({ RKGen: o + 1, Enc: o, 'Dec^3': o }),
    ),
    cost(
      'r3-registration',
      '(R3) registration with n = 2 users: n RKGen + n Enc',
      'Table 2',
      'R3 registration',
      () => ({ RKGen: 2, Enc: 2 }),
    ),
    cost(
      'r3',
      '(R3) with t = 2: t Dec; each user makes her RKGen at once (the paper: one of them), so that a wrong key delays nobody',
      'Table 2, changed',
      'R3',
      () => ({ KeyGen: 1, RKGen: 2, 'Dec^1': 2 }),
    ),
    chain('owner', 'The owner’s primary device: the shortest chain', '§4.4', 'owner, primary', 1),
    chain(
      'owner-secondary',
      '+1 if the data is accessed by a secondary device (owner)',
      '§4.4 d',
      'owner, secondary',
      2,
    ),
    chain(
      'receiver',
      'A receiver’s primary device: as short as the owner’s',
      'beyond the paper',
      'receiver, primary',
      1,
    ),
    chain(
      'receiver-secondary',
      '+1 if the data is accessed by a secondary device (receiver)',
      '§4.4 d',
      'receiver, secondary',
      2,
    ),
    chain(
      'shared-by-secondary',
      'Sharing from a secondary device adds nothing: the share is made from the key of the space (the paper: +1)',
      '§4.4 c, beyond the paper',
      'receiver, shared by a secondary',
      1,
    ),
    chain('r1-adds-one', 'Recovery with a secondary device adds 1', '§4.4 b', 'after R1', 2),
    chain('r2-adds-two', 'Recovery with a recovery user adds 2', '§4.4 a', 'after R2', 3),
    chain('r3-adds-two', 'Recovery with a threshold of recovery users adds 2', '§4.4 a', 'after R3', 3),
    chain('r1-refreshed', 'Re-generated incoming keys take it back (R1)', '§4.5', 'after R1, refreshed', 1),
    chain('r2-refreshed', 'Re-generated incoming keys take it back (R2)', '§4.5', 'after R2, refreshed', 1),
  ],
})
