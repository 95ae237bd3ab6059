// The import rule of docs/architecture.md: a package imports only packages above it in this list.
const ORDER = [
  'primitives',
  'testkit',
  'reencryption',
  'identity',
  'keystore',
  'tor',
  'private-service',
  'vault',
  'reactive',
  'kljn',
  'netsec',
  'lab',
]

const layers = ORDER.map((name, index) => ({
  name: `layer-${name}`,
  comment: `${name} imports only packages above it in docs/architecture.md, so that each can be read, tested and used without what is built on it.`,
  severity: 'error',
  from: { path: `^packages/${name}/` },
  // The testkit has a rule of its own: every package's tests may use it.
  to: {
    path: `^packages/(${
      ORDER.slice(index + 1)
        .filter((above) => above !== 'testkit')
        .join('|') || '-'
    })/`,
  },
}))

// Rooms inside a package: each folder imports only those before it.
const rooms = (pkg, folders) =>
  folders.slice(0, -1).map((folder, index) => ({
    name: `rooms-${pkg}-${folder}`,
    comment: `${pkg}/src/${folder} does not know what is built on it.`,
    severity: 'error',
    from: { path: `^packages/${pkg}/src/${folder}/` },
    to: { path: `^packages/${pkg}/src/(${folders.slice(index + 1).join('|')})/` },
  }))

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...layers,
    ...rooms('tor', ['link', 'circuit', 'directory', 'path', 'onion']),
    ...rooms('reactive', ['model', 'run', 'measure', 'search']),
    {
      name: 'nothing-imports-apps',
      comment: 'apps are the edge: what two of them need belongs in a package.',
      severity: 'error',
      from: { path: '^(packages|bench)/' },
      to: { path: '^apps/' },
    },
    {
      name: 'vault-sides',
      comment: 'client and server share the protocol and nothing else: what one knows, the other must not.',
      severity: 'error',
      from: { path: '^packages/vault/src/(client|protocol)/' },
      to: { path: '^packages/vault/src/server/' },
    },
    {
      name: 'vault-server-knows-no-client',
      comment: 'the server never holds what a client holds.',
      severity: 'error',
      from: { path: '^packages/vault/src/(server|protocol)/' },
      to: { path: '^packages/vault/src/client/' },
    },
    {
      name: 'testkit-in-tests-only',
      comment: 'seeded randomness and virtual clocks must never reach production.',
      severity: 'error',
      from: {
        path: '^(packages|apps)/',
        pathNot: '(^packages/[^/]+/test/|^apps/[^/]+/test/|^packages/testkit/)',
      },
      to: { path: '^packages/testkit/' },
    },
    {
      name: 'pure-cores',
      comment: 'pure code runs in Node and in the browser: node modules only in files named *-node.ts.',
      severity: 'error',
      from: {
        path: '^packages/(primitives|reencryption|identity|keystore|tor|private-service|reactive|kljn|netsec)/src/|^packages/vault/src/(protocol|client)/',
        pathNot: '-node\\.ts$',
      },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'one-gateway-to-cryptography',
      comment: 'cryptography is chosen, wrapped and tested in one place.',
      severity: 'error',
      from: { path: '^(packages|apps)/.*/src/', pathNot: '^packages/primitives/' },
      to: { path: 'node_modules/(@noble|@scure|mcl-wasm|shamir-secret-sharing)/|^crypto$|^node:crypto$' },
    },
    {
      name: 'no-circular',
      comment: 'a cycle of imports is one concept in two files, or two concepts in the wrong order.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'resolvable',
      comment: 'an import that does not resolve is a dependency that is not declared.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    parser: 'swc',
    tsPreCompilationDeps: true,
    exclude: { path: '/(dist|vectors)/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['node', 'import', 'default'],
      extensions: ['.ts', '.js', '.mjs', '.json'],
    },
  },
}
