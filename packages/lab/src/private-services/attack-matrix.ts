import { pause } from '../pause.ts'
import { defineScenario } from '../scenario.ts'
import { APPROACHES, type Approach } from './approaches.ts'
import { ATTACKS, type AttackOutcome } from './attacks.ts'

interface Parameters {
  relays: number
}

type Matrix = Record<string, Record<Approach, AttackOutcome>>

/** A claim that `attacks` all succeed (or all fail) against `approach`. */
function claim(
  id: string,
  statement: string,
  source: string,
  approach: Approach,
  expected: 'succeed' | 'fail',
  attacks: readonly string[],
  stands: 'holds' | 'fails' = 'holds',
) {
  return {
    id,
    statement,
    source,
    stands,
    check(matrix: Matrix) {
      const outcomes = attacks.map((attack) => matrix[attack]?.[approach] as AttackOutcome)
      const isSo = outcomes.every((outcome) => outcome.succeeds === (expected === 'succeed'))
      return {
        verdict: isSo ? ('holds' as const) : ('fails' as const),
        measured: outcomes.map((outcome) => outcome.measured).join('; '),
        expected: `${attacks.join(', ')} ${expected}`,
      }
    },
  }
}

export const attackMatrix = defineScenario<Parameters, Matrix>({
  id: 'private-services/attacks',
  title: 'Every attack of §3 and §5 against every approach',
  source: { paper: 'private-services', section: '3, 5' },
  summary:
    'A service with Alice and Bob as clients, and Dave, who was removed. The same attacks run against one version 3 service for all, one for each client, the extension as the paper has it, and the extension with introduction points replaced at each removal. Cryptography, admission and descriptors are the product’s own code; relays are simulated.',
  parameters: {
    relays: { kind: 'integer', help: 'relays in the network', default: 60, min: 20, max: 7000 },
  },
  async run({ relays }, { rng, progress, signal }) {
    const matrix: Matrix = {}
    for (const [i, attack] of ATTACKS.entries()) {
      await pause(signal)
      progress.report(i / ATTACKS.length, attack.name)
      matrix[attack.id] = Object.fromEntries(
        APPROACHES.map((approach) => [approach, attack.run(approach, relays, rng)]),
      ) as Record<Approach, AttackOutcome>
    }
    return matrix
  },
  figures: (matrix) => [
    {
      kind: 'table',
      title: 'Attacks and approaches',
      columns: [{ name: 'attack' }, { name: 'aim' }, ...APPROACHES.map((name) => ({ name }))],
      rows: ATTACKS.map((attack) => [
        attack.name,
        attack.aim,
        ...APPROACHES.map((approach) => (matrix[attack.id]?.[approach].succeeds ? 'succeeds' : 'fails')),
      ]),
    },
    {
      kind: 'table',
      title: 'What was measured',
      columns: [{ name: 'attack' }, ...APPROACHES.map((name) => ({ name }))],
      rows: ATTACKS.map((attack) => [
        attack.id,
        ...APPROACHES.map((approach) => matrix[attack.id]?.[approach].measured ?? null),
      ]),
    },
  ],
  claims: [
    claim(
      'footnote',
      'Directories and introduction points, without any client, could easily access a service for all.',
      '§1, footnote 1',
      'one service',
      'succeed',
      ['directory-alone'],
      'fails', // of version 2: version 3 encrypts descriptors for who knows the address
    ),
    claim(
      'separate-linked',
      'A once-authorised client who learns another address of the provider can attack it through that.',
      '§3.2, Links Between Pseudonyms',
      'one per client',
      'succeed',
      ['linked-address'],
    ),
    claim(
      'extension-linked',
      'Another client’s key identifier alone gives no access: the descriptor cookie is missing.',
      '§4.3, §4.4, §5',
      'extension',
      'fail',
      ['linked-address'],
    ),
    claim(
      'shared-points',
      'All descriptors contain the same introduction points, so that authorised clients who compare see that the service is one.',
      '§4.2; ERRATA',
      'extension',
      'succeed',
      ['authorised-clients-compare'],
    ),
    claim(
      'single-access',
      'With one service for all, every former client can make it build circuits to rendezvous points, without limit.',
      '§3.1, Unauthorized Access Attempts',
      'one service',
      'succeed',
      ['former-client-access', 'directory-access', 'rogue-client'],
    ),
    claim(
      'single-activity',
      'With one service for all, former clients can track the service’s activity by its descriptor, alone or with a directory or an introduction point.',
      '§3.1, Service Activity',
      'one service',
      'succeed',
      [
        'former-client-descriptor',
        'directory-activity',
        'introduction-point-activity',
        'former-client-probe',
      ],
    ),
    claim(
      'single-usage',
      'With one service for all, a former client with a directory or an introduction point can count requests, and has only to wait until a relay of hers is one.',
      '§3.1, Anonymous Service Usage',
      'one service',
      'succeed',
      ['directory-usage', 'introduction-point-usage', 'wait-to-be-picked'],
    ),
    claim(
      'separate-immune',
      'With one service for each client, these attacks of a former client do not apply.',
      '§3.2',
      'one per client',
      'fail',
      [
        'former-client-access',
        'directory-access',
        'former-client-descriptor',
        'former-client-probe',
        'directory-activity',
        'introduction-point-activity',
        'directory-usage',
        'introduction-point-usage',
        'wait-to-be-picked',
      ],
    ),
    claim(
      'extension-access',
      'Only authorised clients can prompt the service to extend circuits; neither former clients, nor directories, nor introduction points can.',
      '§5, Unauthorized Access Attempts',
      'extension',
      'fail',
      [
        'former-client-access',
        'directory-access',
        'directory-alone',
        'introduction-point-garbage',
        'introduction-point-replay',
      ],
    ),
    claim(
      'extension-rogue',
      'A rogue authorised client can force only a limited number of connections in a given time.',
      '§4.6, §5',
      'extension',
      'fail',
      ['rogue-client'],
    ),
    claim(
      'paper-activity',
      'A former client cannot track service activity without a directory and a link to another client’s key.',
      '§5, Service Activity',
      'extension as in the paper',
      'fail',
      ['former-client-descriptor', 'former-client-probe', 'introduction-point-activity'],
      'fails',
    ),
    claim(
      'extension-activity',
      'The same, with all introduction points and their keys replaced when a client is removed.',
      'ERRATA; §5, Service Activity',
      'extension',
      'fail',
      [
        'former-client-descriptor',
        'former-client-probe',
        'directory-activity',
        'introduction-point-activity',
      ],
    ),
    claim(
      'paper-usage',
      'Anonymous service usage is protected like service activity: a former client with an introduction point cannot count requests.',
      '§5, Anonymous Service Usage',
      'extension as in the paper',
      'fail',
      ['introduction-point-usage'],
      'fails',
    ),
    claim(
      'unrecognised',
      'A new introduction key for every establishment prevents an introduction point from recognising the service.',
      '§4.1',
      'extension as in the paper',
      'fail',
      ['wait-to-be-picked'],
    ),
    claim(
      'extension-usage',
      'The same, with all introduction points and their keys replaced when a client is removed.',
      'ERRATA; §5, Anonymous Service Usage',
      'extension',
      'fail',
      ['directory-usage', 'introduction-point-usage', 'wait-to-be-picked'],
    ),
  ],
})
