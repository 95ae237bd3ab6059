import type { Clock } from '@warren/primitives/clock'
import type { Rng } from '@warren/primitives/rng'
import type { Audit, AuditRecord } from './audit.ts'
import type { Blobs } from './blobs/blobs.ts'
import type { EventHub } from './events.ts'
import type { Limits } from './limits.ts'
import type { Metrics } from './metrics.ts'
import type { PrivateClients } from './private-clients.ts'
import type { Quota } from './quota.ts'
import type { Ledger } from './records/ledger.ts'
import type { Caller } from './records/plan.ts'
import type { KeyGraph } from './reencryptor/key-graph.ts'
import type { Reencryptor } from './reencryptor/reencryptor.ts'
import type { PairingWork, ServiceSuite } from './reencryptor/work.ts'
import type { Store } from './store/store.ts'

/** What the routes work with: one of each in a server. */
export interface Service {
  store: Store
  blobs: Blobs
  ledger: Ledger
  graph: KeyGraph
  suite: ServiceSuite
  suiteId: 'cai-liu' | 'split'
  work: PairingWork
  reencryptor: Reencryptor
  events: EventHub
  metrics: Metrics
  quota: Quota
  clock: Clock
  rng: Rng
  limits: Limits
  vaultId: string
  audit: Audit
  /** Where the vault is a private service: who its clients are. */
  privateClients?: PrivateClients
  /** Called when the first account is set up. */
  onSetUp(): Promise<void>
}

export function auditBy(
  service: Pick<Service, 'audit' | 'clock'>,
  event: AuditRecord['event'],
  caller: Caller,
  rest: Pick<AuditRecord, 'subjects' | 'detail'> = {},
): void {
  service.audit({
    event,
    atMs: service.clock.now(),
    ...(caller.kind === 'device' ? { account: caller.account } : {}),
    device: caller.device,
    ...rest,
  })
}
