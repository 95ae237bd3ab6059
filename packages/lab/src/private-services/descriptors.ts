import { concatBytes, equalBytes, utf8 } from '@warren/primitives/bytes'
import { hexText } from '@warren/primitives/encoding'
import { sha3_256 } from '@warren/primitives/hash'
import type { Rng } from '@warren/primitives/rng'
import { Secret } from '@warren/primitives/secret'
import {
  type ClientKey,
  clientDescriptor,
  generateClientKey,
  servicePeriodKeys,
} from '@warren/private-service/protocol'
import {
  AUTH_CLIENT_MULTIPLE,
  blindingFactor,
  blindPublicKey,
  decodeDescriptor,
  descriptorPoint,
  encodeDescriptor,
  establishedPoint,
  fakeAuthClient,
  generateIntroductionKeys,
  generateX25519,
  nextRevision,
  openInnerLayer,
  openMiddleLayer,
  subcredential,
  type TimePeriod,
} from '@warren/tor/onion'
import { defineScenario } from '../scenario.ts'
import { paperDescriptor, paperSecretPart } from './paper-descriptor.ts'
import { LabNetwork } from './world.ts'

interface Result {
  clients: number
  periods: number
  /** Keys that a directory saw in more than one period. */
  recurring: { ours: number; paper: number; sightings: number }
  predictions: { withoutSecret: number; withSecret: number; tries: number }
  eligibility: { own: number; forged: number; older: number }
  withoutCookie: { middle: boolean; inner: boolean }
  sizes: number[]
  /** Cookies that a directory finds by trying a list of passwords, from what it stores. */
  guessed: { paper: number; ours: number; oursKnowingA: number; random: number; passwords: number }
  /** Lines that the descriptors of two clients, made in one moment, have in common beyond those of two strangers. */
  inCommon: { clients: number; strangers: number }
  /** Directories of the second replica that one of the first computes from what it stores. */
  replicas: { found: number; of: number; paperFound: number }
}

export const descriptors = defineScenario<{ clients: number; periods: number }, Result>({
  id: 'private-services/descriptors',
  title: 'What a directory learns from descriptors',
  source: { paper: 'private-services', section: '4.3, 4.4' },
  summary:
    'Identifiers that change, that nobody but the client can compute in advance and that directories can check; introduction points that only the client reads. The paper’s identifiers are computed beside those of version 3, whose key blinding carries the descriptor cookie.',
  parameters: {
    clients: { kind: 'integer', help: 'clients', default: 8, min: 2, max: 200 },
    periods: { kind: 'integer', help: 'time periods', default: 4, min: 2, max: 60 },
  },
  run({ clients: count, periods }, { rng }) {
    const network = new LabNetwork(60, rng)
    const clients = Array.from({ length: count }, (_, i) => generateClientKey(`client ${i}`, 0, rng))
    const first = network.period
    const all = Array.from({ length: periods }, (_, i) => ({ ...first, number: first.number + i }))
    return Promise.resolve({
      clients: count,
      periods,
      recurring: recurrence(clients, all),
      predictions: predictions(clients, all),
      guessed: guessCookies(first, rng),
      inCommon: linesInCommon(network, rng),
      ...onOneNetwork(network, clients, rng),
    })
  },
  figures: (result) => [
    {
      kind: 'table',
      title: 'What a directory learns',
      columns: [{ name: 'question' }, { name: 'version 3 with s' }, { name: 'format of §4.3' }],
      rows: [
        ['keys seen again in a later period', result.recurring.ours, result.recurring.paper],
        ['identifiers of later periods computed without DC', result.predictions.withoutSecret, 0],
        ['directories of the other replica found', result.replicas.found, result.replicas.paperFound],
      ],
    },
  ],
  claims: [
    {
      id: 'identifiers-change',
      statement: 'Descriptor identifiers change with the time period.',
      source: '§4.3',
      stands: 'holds',
      check: ({ recurring }) => ({
        verdict: recurring.ours === 0 ? 'holds' : 'fails',
        measured: `${recurring.ours} of ${recurring.sightings} identifiers seen twice`,
        expected: '0',
      }),
    },
    {
      id: 'paper-accumulates',
      statement:
        'Knowledge of links can be accumulated over time: the paper’s descriptors show the client key CK in clear.',
      source: '§5, Links Between Pseudonyms; figure 3',
      stands: 'holds',
      check: ({ recurring, clients }) => ({
        verdict: recurring.paper === clients ? 'holds' : 'fails',
        measured: `${recurring.paper} of ${clients} client keys recognised in every period`,
        expected: 'all of them',
      }),
    },
    {
      id: 'ours-does-not-accumulate',
      statement: 'With blinded keys nothing that a directory stores recurs: links last one period.',
      source: 'beyond the paper',
      stands: 'holds',
      check: ({ recurring }) => ({
        verdict: recurring.ours === 0 ? 'holds' : 'fails',
        measured: `${recurring.ours} keys recognised`,
        expected: '0',
      }),
    },
    {
      id: 'future-identifiers',
      statement:
        'Nobody but the authorised client can determine future identifiers, not even with A, without the cookie.',
      source: '§4.3',
      stands: 'holds',
      check: ({ predictions: { withoutSecret, withSecret, tries } }) => ({
        verdict: withoutSecret === 0 && withSecret === tries ? 'holds' : 'fails',
        measured: `${withoutSecret} of ${tries} without the cookie, ${withSecret} of ${tries} with it`,
        expected: 'none, and all',
      }),
    },
    {
      id: 'eligibility',
      statement:
        'A directory can verify that a descriptor may be stored under its identifier: nobody occupies another’s place.',
      source: '§4.3',
      stands: 'holds',
      check: ({ eligibility: { own, forged, older } }) => ({
        verdict: own === 200 && forged === 400 && older === 400 ? 'holds' : 'fails',
        measured: `own ${own}, forged under the same blinded key ${forged}, older revision ${older}`,
        expected: '200, 400, 400',
      }),
    },
    {
      id: 'introduction-points-encrypted',
      statement:
        'A directory cannot read the introduction points, even if it knows A: the cookie is bound into the inner layer.',
      source: '§4.4; ERRATA',
      stands: 'holds',
      check: ({ withoutCookie }) => ({
        verdict: !withoutCookie.inner ? 'holds' : 'fails',
        measured: `middle layer ${withoutCookie.middle ? 'opens' : 'stays shut'}, inner layer ${withoutCookie.inner ? 'opens' : 'stays shut'}`,
        expected: 'the inner layer stays shut',
      }),
    },
    {
      id: 'blinding-alone',
      statement:
        'The cookie in the blinding alone keeps all of the descriptor from a directory that knows A.',
      source: 'ERRATA',
      stands: 'fails',
      check: ({ withoutCookie }) => ({
        verdict: withoutCookie.middle ? 'fails' : 'holds',
        measured: `with A and the blinded key, the middle layer ${withoutCookie.middle ? 'opens' : 'stays shut'}`,
        expected: 'it stays shut',
      }),
    },
    {
      id: 'password-as-cookie',
      statement:
        'The cookie should be random instead of a possibly weak password: a directory reverses the hash of a password by trying.',
      source: '§5, Unauthorized Access Attempts',
      stands: 'holds',
      check: ({ guessed: { paper, random, passwords } }) => ({
        verdict: paper === passwords && random === 0 ? 'holds' : 'fails',
        measured: `${paper} of ${passwords} passwords found from the paper’s descriptors, ${random} of ${passwords} random cookies`,
        expected: 'all, and none',
      }),
    },
    {
      id: 'password-behind-blinding',
      statement:
        'With blinding the directory cannot even begin: A, which is never published, enters the blinded key together with the cookie.',
      source: 'beyond the paper',
      stands: 'holds',
      check: ({ guessed: { ours, oursKnowingA, passwords } }) => ({
        verdict: ours === 0 && oursKnowingA === passwords ? 'holds' : 'fails',
        measured: `${ours} of ${passwords} passwords found without A, ${oursKnowingA} with it`,
        expected: 'none, and all (so that the cookie must be random all the same)',
      }),
    },
    {
      id: 'nothing-in-common',
      statement:
        'Without the times of the uploads it is almost impossible to link two descriptors of one service: they have nothing in common that strangers’ have not.',
      source: '§4.5',
      stands: 'holds',
      check: ({ inCommon: { clients, strangers } }) => ({
        verdict: clients === strangers ? 'holds' : 'fails',
        measured: `${clients} lines in common, ${strangers} between descriptors of two services`,
        expected: 'as many',
      }),
    },
    {
      id: 'sizes',
      statement: 'Descriptors have one size: with and without cookie, with one or three introduction points.',
      source: '§4.4; beyond the paper',
      stands: 'holds',
      check: ({ sizes }) => ({
        verdict: new Set(sizes).size === 1 ? 'holds' : 'fails',
        measured: `${sizes.join(', ')} bytes`,
        expected: 'equal',
      }),
    },
    {
      id: 'replicas-apart',
      statement: 'A directory that stores one replica cannot determine the storage locations of the others.',
      source: '§4.3, Replica Index',
      stands: 'fails',
      check: ({ replicas }) => ({
        verdict: replicas.found === 0 ? 'holds' : 'fails',
        measured: `${replicas.found} of ${replicas.of} found from the blinded key (version 3), ${replicas.paperFound} in the format of §4.3`,
        expected: '0: version 3 places all replicas by the blinded key, which each directory holds',
      }),
    },
  ],
})

function recurrence(clients: readonly ClientKey[], periods: readonly TimePeriod[]): Result['recurring'] {
  const count = (keysOf: (client: ClientKey, period: TimePeriod) => Uint8Array) => {
    const seen = new Map<string, number>()
    for (const period of periods)
      for (const client of clients) {
        const key = hexText.encode(keysOf(client, period))
        seen.set(key, (seen.get(key) ?? 0) + 1)
      }
    return [...seen.values()].filter((times) => times > 1).length
  }
  return {
    ours: count((client, period) => servicePeriodKeys(client, period).blindedKey),
    paper: count((client, period) => paperDescriptor(client, period.number, 1).clear.clientKey),
    sightings: clients.length * periods.length,
  }
}

function predictions(clients: readonly ClientKey[], periods: readonly TimePeriod[]): Result['predictions'] {
  let withoutSecret = 0
  let withSecret = 0
  let tries = 0
  for (const client of clients)
    for (const period of periods.slice(1)) {
      tries++
      const actual = hexText.encode(servicePeriodKeys(client, period).blindedKey)
      const guess = (secret?: Uint8Array) =>
        hexText.encode(blindPublicKey(client.publicKey, blindingFactor(client.publicKey, period, secret)))
      if (guess() === actual) withoutSecret++
      if (guess(client.cookie.reveal()) === actual) withSecret++
    }
  return { withoutSecret, withSecret, tries }
}

function guessCookies(period: TimePeriod, rng: Rng): Result['guessed'] {
  const passwords = Array.from({ length: 20 }, (_, i) => sha3_256(utf8(`password ${i}`)))
  const found = { paper: 0, ours: 0, oursKnowingA: 0, random: 0, passwords: passwords.length }
  for (const password of passwords) {
    const made = generateClientKey('', 0, rng)
    const client: ClientKey = { ...made, cookie: new Secret(password) }
    const isIn = (part: Uint8Array) =>
      passwords.some((guess) => equalBytes(paperSecretPart(guess, period.number, 1), part))
    if (isIn(paperDescriptor(client, period.number, 1).clear.secretPart)) found.paper++
    if (isIn(paperDescriptor(made, period.number, 1).clear.secretPart)) found.random++
    const { blindedKey } = servicePeriodKeys(client, period)
    const blindsTo = (identity: Uint8Array) =>
      passwords.some((guess) =>
        equalBytes(blindPublicKey(identity, blindingFactor(identity, period, guess)), blindedKey),
      )
    // Without A it has the blinded key alone.
    if (blindsTo(blindedKey)) found.ours++
    if (blindsTo(client.publicKey)) found.oursKnowingA++
  }
  return found
}

function linesInCommon(network: LabNetwork, rng: Rng): Result['inCommon'] {
  const { period, nowSeconds } = network
  const publish = (points: ReturnType<typeof somePoints>) => {
    const keys = servicePeriodKeys(generateClientKey('', 0, rng), period)
    // The counter is a function of the blinded key and the age of the period.
    return clientDescriptor(keys, points, nextRevision(keys.blinded, 3600, undefined), nowSeconds, rng).split(
      '\n',
    )
  }
  const common = (a: readonly string[], b: readonly string[]) => {
    const lines = new Set(b)
    return a.filter((line) => lines.has(line)).length
  }
  const points = somePoints(rng)
  return {
    clients: common(publish(points), publish(points)),
    strangers: common(publish(somePoints(rng)), publish(somePoints(rng))),
  }
}

function somePoints(rng: Rng) {
  return [1, 2, 3].map(() =>
    descriptorPoint(
      establishedPoint(
        generateIntroductionKeys(rng),
        { linkSpecifiers: [{ type: 3, data: rng.bytes(32) }], onionKey: rng.bytes(32) },
        0,
        rng,
      ),
    ),
  )
}

function onOneNetwork(network: LabNetwork, clients: readonly ClientKey[], rng: Rng) {
  const { period, nowSeconds } = network
  const client = clients[0] as ClientKey
  const keys = servicePeriodKeys(client, period)
  const points = somePoints(rng)
  const text = clientDescriptor(keys, points, 5, nowSeconds, rng)
  const [directory] = network.directoriesOf(keys.blindedKey)
  if (directory === undefined) throw new Error('this network has no directories')
  const own = network.upload(directory, text)
  // Mallory holds the blinded key from the descriptor, and signs with a key of her own.
  const mallory = servicePeriodKeys(generateClientKey('Mallory', 0, rng), period)
  const forgedKeys = { ...keys, blinded: { publicKey: keys.blindedKey, key: mallory.blinded.key } }
  const forged = network.upload(directory, clientDescriptor(forgedKeys, points, 6, nowSeconds, rng))
  const older = network.upload(directory, clientDescriptor(keys, points, 4, nowSeconds, rng))

  const outer = decodeDescriptor(text).verify({ nowSeconds })
  const known = subcredential(client.publicKey, outer.blindedKey)
  const middle = openMiddleLayer(outer, known)
  const inner = middle && openInnerLayer(outer, middle, { subcredential: known, nowSeconds })

  const plain = (introductionPoints: typeof points) =>
    encodeDescriptor(
      {
        blinded: keys.blinded,
        subcredential: keys.subcredential,
        revision: 5,
        introductionPoints,
        authClients: {
          ephemeralKey: generateX25519(rng).publicKey,
          lines: Array.from({ length: AUTH_CLIENT_MULTIPLE }, () => fakeAuthClient(rng)),
        },
        nowSeconds,
      },
      rng,
    ).length
  const others = network.directoriesOf(outer.blindedKey, period)
  // In the paper's format the directory holds H(CK) and the secret part of one replica: it needs DC for another.
  const replica1 = paperDescriptor(client, period.number, 1)
  const replica2 = paperDescriptor(client, period.number, 2)
  const guess = sha3_256(concatBytes(sha3_256(replica1.clear.clientKey), replica1.clear.secretPart))
  return {
    eligibility: { own, forged, older },
    withoutCookie: { middle: middle !== undefined, inner: inner !== undefined },
    sizes: [text.length, plain(points), plain(points.slice(0, 1))],
    replicas: {
      found: others.length,
      of: others.length,
      paperFound: hexText.encode(guess) === hexText.encode(replica2.id) ? 1 : 0,
    },
  }
}
