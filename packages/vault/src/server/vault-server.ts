import swagger from '@fastify/swagger'
import type { Clock } from '@warren/primitives/clock'
import { base64urlText } from '@warren/primitives/encoding'
import type { Rng } from '@warren/primitives/rng'
import type { Secret } from '@warren/primitives/secret'
import Fastify, { type FastifyInstance } from 'fastify'
import packageJson from '../../package.json' with { type: 'json' }
import { formatLink, invitationHash, type PrivateReach, VaultError } from '../protocol/index.ts'
import { answerErrors } from './answer-errors.ts'
import type { Audit } from './audit.ts'
import { authenticate } from './authentication.ts'
import type { Blobs } from './blobs/blobs.ts'
import { EventHub } from './events.ts'
import { collectGarbage, daily } from './garbage.ts'
import { DEFAULT_LIMITS, type Limits } from './limits.ts'
import { Metrics } from './metrics.ts'
import type { PrivateClients } from './private-clients.ts'
import { Quota } from './quota.ts'
import { resumeRecoveries } from './records/approvals.ts'
import { readLedger } from './records/ledger.ts'
import { KeyGraph } from './reencryptor/key-graph.ts'
import { Reencryptor } from './reencryptor/reencryptor.ts'
import { inlineWork, type PairingWork, type ServiceSuite } from './reencryptor/work.ts'
import { accessRequestRoutes } from './routes/access-requests.ts'
import { accountRoutes } from './routes/accounts.ts'
import { chunkRoutes } from './routes/chunks.ts'
import { commitRoutes } from './routes/commit.ts'
import { edgeRoutes } from './routes/edges.ts'
import { enrolmentRoutes } from './routes/enrolments.ts'
import { eventRoutes } from './routes/events.ts'
import { invitationRoutes } from './routes/invitations.ts'
import { logRoutes } from './routes/logs.ts'
import { metricsRoutes } from './routes/metrics.ts'
import { privateClientRoutes } from './routes/private-clients.ts'
import { publicRoutes } from './routes/public.ts'
import { recoveryRoutes } from './routes/recoveries.ts'
import { sharePackageRoutes } from './routes/share-packages.ts'
import { spaceRoutes } from './routes/spaces.ts'
import type { Service } from './service.ts'
import type { Store } from './store/store.ts'

const KEEP_ALIVE_MS = 30_000
const ID_BYTES = 16

export interface VaultServerOptions {
  store: Store
  blobs: Blobs
  suite: ServiceSuite
  suiteId: 'cai-liu' | 'split'
  clock: Clock
  rng: Rng
  limits?: Partial<Limits>
  /** The audit log. */
  log?: Audit
  /** What went wrong inside, for the operator's own log. */
  onFailure?(error: unknown): void
  /** Where pairings are computed; in this thread when absent. Closed with the server. */
  work?: PairingWork
  /** Lets the first account of an empty vault in. */
  setupSecret?: Secret
  /** The first account is there: the set-up secret can be forgotten. */
  onSetUp?(): Promise<void>
  /** Where the vault is a private service: who its clients are. */
  privateClients?: PrivateClients
  /** Serve /metrics to everybody who can reach the vault, not only to this machine. */
  metricsEverywhere?: boolean
}

export interface VaultServer {
  readonly app: FastifyInstance
  /** Gives the address, `http://host:port`. */
  listen(options: { host: string; port: number }): Promise<string>
  /** Finishes what runs, then closes everything. */
  close(): Promise<void>
  /** The link that sets up the first account; undefined when there is one. */
  setupLink(url: string, reach?: PrivateReach): string | undefined
}

/** Puts a vault together from its parts. Rejects with `vault/state` when they do not fit one another. */
export async function createVaultServer(options: VaultServerOptions): Promise<VaultServer> {
  const { store, blobs, suite, suiteId, clock, rng, setupSecret } = options
  const limits: Limits = { ...DEFAULT_LIMITS, ...options.limits }
  const vaultId = await identify(store, suiteId, rng)
  const ledger = await readLedger(store)
  const graph = new KeyGraph()
  for await (const edge of store.view.edges.all()) graph.add(edge)
  const work = options.work ?? inlineWork(suite, rng)
  const audit: Audit = options.log ?? (() => undefined)
  const onFailure = (error: unknown) => options.onFailure?.(error)
  const service: Service = {
    store,
    blobs,
    ledger,
    graph,
    suite,
    suiteId,
    work,
    reencryptor: new Reencryptor({ store, graph, work, clock, cacheLimit: limits.cachedCapsules }),
    events: new EventHub(limits),
    metrics: new Metrics(),
    quota: new Quota(limits.totalBytes, await store.view.chunks.totalBytes()),
    clock,
    rng,
    limits,
    vaultId,
    audit,
    onSetUp: async () => options.onSetUp?.(),
    ...(options.privateClients === undefined ? {} : { privateClients: options.privateClients }),
  }
  if (setupSecret !== undefined && ledger.empty)
    await store.transact((tables) =>
      tables.invitations.put(
        base64urlText.encode(invitationHash(setupSecret)),
        undefined,
        Number.MAX_SAFE_INTEGER,
      ),
    )
  await resumeRecoveries(service)

  const app = await makeApp(service, options.metricsEverywhere === true, (error) => {
    audit({ event: 'failure', atMs: clock.now() })
    onFailure(error)
  })
  describeState(service)
  const stopping = new AbortController()
  const background = [
    daily(clock, stopping.signal, async () => {
      try {
        const removed = await collectGarbage(store, blobs, clock.now(), limits)
        service.quota.add(-removed.bytes)
        audit({ event: 'garbage', atMs: clock.now(), detail: removed.chunks + removed.blobs })
      } catch (error) {
        onFailure(error)
      }
    }),
    keepAlive(service, stopping.signal),
  ]
  audit({ event: 'start', atMs: clock.now() })

  let closing: Promise<void> | undefined
  async function close(): Promise<void> {
    stopping.abort()
    service.events.close()
    await app.close()
    await Promise.all(background)
    await work.close()
    await store.close()
    await blobs.close()
    audit({ event: 'stop', atMs: clock.now() })
  }
  return {
    app,
    listen: (address) => app.listen(address),
    close: () => (closing ??= close()),
    setupLink: (url, reach) =>
      setupSecret === undefined || !ledger.empty
        ? undefined
        : formatLink({
            kind: 'invitation',
            url,
            secret: setupSecret,
            inviter: undefined,
            ...(reach === undefined ? {} : { reach }),
          }),
  }
}

/** The vault's id, made once; and the suite of its keys, which cannot change. */
async function identify(store: Store, suiteId: string, rng: Rng): Promise<string> {
  const known = await store.view.meta.get('vault')
  if (known === undefined) {
    const id = base64urlText.encode(rng.bytes(ID_BYTES))
    await store.transact(async (tables) => {
      await tables.meta.set('vault', id)
      await tables.meta.set('suite', suiteId)
    })
    return id
  }
  const suite = await store.view.meta.get('suite')
  if (suite !== suiteId)
    throw new VaultError('vault/state', `the keys of this vault are of the suite ${suite}, not ${suiteId}`)
  return known
}

async function makeApp(
  service: Service,
  metricsEverywhere: boolean,
  onInternal: (error: unknown) => void,
): Promise<FastifyInstance> {
  const { limits } = service
  const app = Fastify({
    logger: false,
    bodyLimit: 1024 * 1024,
    requestTimeout: limits.requestMs,
    connectionTimeout: limits.requestMs,
    keepAliveTimeout: 72_000,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 64, ignoreTrailingSlash: false },
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false, useDefaults: false } },
  })
  answerErrors(app, onInternal)
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    request.rawBody = body as Buffer
    try {
      done(null, JSON.parse(body.toString('utf8')))
    } catch {
      done(new VaultError('vault/bad-request', 'the document is not JSON'))
    }
  })
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Warren vault', version: packageJson.version },
    },
  })
  authenticate(app, service)
  app.addHook('onResponse', async (_request, reply) => {
    service.metrics.count(`answers_${Math.floor(reply.statusCode / 100)}xx`, 'Requests by class of answer.')
  })
  publicRoutes(app, service)
  accountRoutes(app, service)
  logRoutes(app, service)
  spaceRoutes(app, service)
  commitRoutes(app, service)
  invitationRoutes(app, service)
  privateClientRoutes(app, service)
  enrolmentRoutes(app, service)
  recoveryRoutes(app, service)
  sharePackageRoutes(app, service)
  accessRequestRoutes(app, service)
  edgeRoutes(app, service)
  eventRoutes(app, service)
  metricsRoutes(app, service, metricsEverywhere)
  await app.register(async (scope) => chunkRoutes(scope, service))
  return app
}

async function keepAlive({ clock, events }: Service, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await clock.sleep(KEEP_ALIVE_MS, signal)
    } catch {
      return
    }
    events.keepAlive()
  }
}

function describeState({ metrics, ledger, graph, reencryptor, quota, events }: Service): void {
  metrics.gauge('accounts', 'Accounts.', () => ledger.accountCount)
  metrics.gauge('spaces', 'Spaces.', () => ledger.spaceCount)
  metrics.gauge('keys', 'Keys of the key graph.', () => graph.nodeCount)
  metrics.gauge('edges', 'Re-encryption keys.', () => graph.edgeCount)
  metrics.gauge('chunk_bytes', 'Bytes of all chunks.', () => quota.usedBytes)
  metrics.gauge('event_streams', 'Open event streams.', () => events.size)
  metrics.gauge('capsules_served', 'Capsules served.', () => reencryptor.counts.served)
  metrics.gauge('capsules_from_cache', 'Of these, from the cache.', () => reencryptor.counts.cached)
  metrics.gauge('reencryptions', 'Re-encryptions computed.', () => reencryptor.counts.reencryptions)
}
