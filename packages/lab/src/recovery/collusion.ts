import { utf8 } from '@warren/primitives/bytes'
import { type KeyPair, loadSuite, ReencryptionError, type SuiteId } from '@warren/reencryption'
import { defineScenario } from '../scenario.ts'

const CONTEXT = utf8('lab/recovery/collusion')

interface Yield {
  share: string
  /** How many of the capsules the colluders opened. */
  shared: string
  sameSpace: string
  otherSpaces: string
  deviceItself: string
  opened: { shared: number; sameSpace: number; otherSpaces: number; deviceItself: number }
}

interface Result {
  files: number
  fromDevice: Yield
  ofSpace: Yield
}

/**
 * A colluding service ignores its policy: whatever lies with it for the delegator is re-encrypted for the receiver. No
 * algebra is needed: this is what the re-encryption key is for.
 */
export const collusion = defineScenario<{ suite: string; files: number }, Result>({
  id: 'recovery/collusion',
  title: 'The service and a receiver collude',
  source: { paper: 'recovery', section: '§3' },
  summary:
    'Alice has two spaces of files and some files for her device alone, and shares one file of the first space with Bob. In the paper a share is a re-encryption key from her device; in the vault it is one from the space’s own key. Then the service and Bob put together what they hold, and try to open everything.',
  parameters: {
    suite: { kind: 'choice', choices: ['cai-liu', 'split'], default: 'cai-liu', help: 'the suite' },
    files: { kind: 'integer', default: 4, min: 1, max: 100, help: 'files in each place' },
  },
  async run({ suite: id, files }, { rng }) {
    const suite = await loadSuite(id as SuiteId)
    const [alice, bob, space1, space2] = [0, 1, 2, 3].map(() => suite.generateKeyPair(rng)) as [
      KeyPair,
      KeyPair,
      KeyPair,
      KeyPair,
    ]
    const store = (owner: KeyPair) =>
      Array.from({ length: files }, () => suite.encapsulate(owner.publicKey, CONTEXT, rng))
    type Stored = ReturnType<typeof store>
    const opened = (rk: Uint8Array, stored: Stored) =>
      stored.filter(({ key, capsule }) => {
        try {
          const moved = suite.reencrypt(rk, capsule, rng)
          return suite.decapsulate(bob.secretKey, moved, CONTEXT).equals(key)
        } catch (error) {
          if (error instanceof ReencryptionError) return false
          throw error
        }
      }).length
    const measure = (share: string, rk: Uint8Array, places: Record<keyof Yield['opened'], Stored>): Yield => {
      const counts = {
        shared: opened(rk, places.shared),
        sameSpace: opened(rk, places.sameSpace),
        otherSpaces: opened(rk, places.otherSpaces),
        deviceItself: opened(rk, places.deviceItself),
      }
      const of = (place: keyof Yield['opened']) => `${counts[place]} of ${places[place].length}`
      return {
        share,
        shared: of('shared'),
        sameSpace: of('sameSpace'),
        otherSpaces: of('otherSpaces'),
        deviceItself: of('deviceItself'),
        opened: counts,
      }
    }
    // As in the paper: everything is encrypted for her primary device, folders are a matter of policy.
    const flat = store(alice)
    const fromDevice = measure(
      'from the device key (paper)',
      suite.reencryptionKey(alice.secretKey, bob.publicKey, rng),
      {
        shared: flat.slice(0, 1),
        sameSpace: flat.slice(1),
        otherSpaces: store(alice),
        deviceItself: store(alice),
      },
    )
    const first = store(space1)
    const ofSpace = measure(
      'from the space key (vault)',
      suite.reencryptionKey(space1.secretKey, bob.publicKey, rng),
      {
        shared: first.slice(0, 1),
        sameSpace: first.slice(1),
        otherSpaces: store(space2),
        deviceItself: store(alice),
      },
    )
    return { files, fromDevice, ofSpace }
  },
  figures: ({ fromDevice, ofSpace }) => [
    {
      kind: 'table',
      title: 'What the colluders open',
      columns: [
        { name: 'share' },
        { name: 'the shared file' },
        { name: 'rest of its space' },
        { name: 'other spaces' },
        { name: 'for the device alone' },
      ],
      rows: [fromDevice, ofSpace].map((y) => [y.share, y.shared, y.sameSpace, y.otherSpaces, y.deviceItself]),
    },
  ],
  claims: [
    {
      id: 'delegation-limited-to-what-was-shared',
      statement: 'A receiver who colludes with the service reads what was shared with him, and no more.',
      source: '§3, read as a promise of the scheme',
      stands: 'fails',
      check: ({ fromDevice: { opened } }) => ({
        verdict: opened.sameSpace + opened.otherSpaces + opened.deviceItself === 0 ? 'holds' : 'fails',
        measured: `${opened.sameSpace + opened.otherSpaces + opened.deviceItself} further files opened`,
        expected: '0',
      }),
    },
    {
      id: 'share-from-device-gives-all',
      statement:
        'A share from a device key, as in the paper, gives colluders everything the owner ever stored.',
      source: 'beyond the paper (ERRATA)',
      stands: 'holds',
      check: ({ files, fromDevice: { opened } }) => ({
        verdict:
          opened.sameSpace === files - 1 && opened.otherSpaces === files && opened.deviceItself === files
            ? 'holds'
            : 'fails',
        measured: `${opened.shared + opened.sameSpace + opened.otherSpaces + opened.deviceItself} files`,
        expected: `${3 * files} files`,
      }),
    },
    {
      id: 'share-of-space-gives-space',
      statement: 'A share of a space gives colluders that space, and nothing else.',
      source: 'beyond the paper',
      stands: 'holds',
      check: ({ files, ofSpace: { opened } }) => ({
        verdict:
          opened.shared === 1 &&
          opened.sameSpace === files - 1 &&
          opened.otherSpaces === 0 &&
          opened.deviceItself === 0
            ? 'holds'
            : 'fails',
        measured: `${opened.shared + opened.sameSpace} files of the space, ${opened.otherSpaces + opened.deviceItself} others`,
        expected: `${files} files of the space, 0 others`,
      }),
    },
  ],
})
