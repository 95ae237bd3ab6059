import { base64urlText } from '@warren/primitives/encoding'
import type { FastifyInstance } from 'fastify'
import {
  type AccountId,
  accountIds,
  type Head,
  hashLogEntry,
  LogPage,
  mayRead,
  type SpaceId,
  spaceIds,
  VaultError,
} from '../../protocol/index.ts'
import { callerOf, deviceOf } from '../authentication.ts'
import type { Caller } from '../records/plan.ts'
import type { Service } from '../service.ts'
import type { LogName } from '../store/store.ts'
import { wholeNumber } from './parameters.ts'

interface LogRequest {
  Params: { id: string }
  Querystring: { from?: string }
}

/** GET /v1/log/account/{id}, GET /v1/log/space/{id}?from=N */
export function logRoutes(app: FastifyInstance, service: Service): void {
  const { store, ledger, limits } = service

  async function page(log: LogName, head: Head, query: string | undefined): Promise<LogPage> {
    const from = wholeNumber(query, 0)
    const { entries, more } = await store.view.logs.read(log, from, limits.pageBytes)
    const before = await hashAt(log, head, from - 1)
    return {
      entries: entries.map((entry) => base64urlText.encode(entry)),
      more,
      before: before === undefined ? null : base64urlText.encode(before),
    }
  }

  async function hashAt(log: LogName, head: Head, sequence: number): Promise<Uint8Array | undefined> {
    if (sequence < 0 || sequence > head.sequence) return undefined
    if (sequence === head.sequence) return head.hash
    // A page has one entry at least, however large.
    const [entry] = (await store.view.logs.read(log, sequence, 0)).entries
    return entry === undefined ? undefined : hashLogEntry(entry)
  }

  app.get<LogRequest>(
    '/v1/log/account/:id',
    {
      config: { access: 'newcomers' },
      schema: { summary: 'Entries of an account’s log', response: { 200: LogPage } },
    },
    async (request) => {
      const id = accountIds.parse(request.params.id)
      await mayReadAccount(callerOf(request), id, service)
      const account = ledger.account(id)
      if (account === undefined) throw new VaultError('vault/not-found', 'there is no such account')
      return page(`account/${id}`, account.head, request.query.from)
    },
  )
  app.get<LogRequest>(
    '/v1/log/space/:id',
    { schema: { summary: 'Entries of a space’s log', response: { 200: LogPage } } },
    async (request) => {
      const id = spaceIds.parse(request.params.id)
      const { head } = readableSpace(service, id, deviceOf(request).account)
      return page(`space/${id}`, head, request.query.from)
    },
  )
}

/** The space, if this account may read it today; `vault/not-found` otherwise, whether it exists or not. */
export function readableSpace({ ledger }: Pick<Service, 'ledger'>, id: SpaceId, account: AccountId) {
  const space = ledger.space(id)
  if (space === undefined || !mayRead(space, account))
    throw new VaultError('vault/not-found', 'there is no such space, or no right to read it')
  return space
}

/** Accounts' logs are for all accounts. A device that comes back reads its account's, and those of its approvers. */
async function mayReadAccount(caller: Caller, id: AccountId, { store, ledger }: Service): Promise<void> {
  if (caller.kind === 'device') return
  for (const recovery of await store.view.recoveries.byDevice(caller.device)) {
    if (recovery.state !== 'ready') continue
    const users = ledger.account(recovery.account)?.recovery?.users ?? []
    if (recovery.account === id || users.includes(id)) return
  }
  throw new VaultError('vault/forbidden', 'this device belongs to no account yet')
}
