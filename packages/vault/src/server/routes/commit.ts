import type { FastifyInstance } from 'fastify'
import { CommitRequest, CommitResponse, mayRead, type SpaceId } from '../../protocol/index.ts'
import { callerOf } from '../authentication.ts'
import { commit } from '../records/commit.ts'
import { auditBy, type Service } from '../service.ts'
import { newcomerIdentity } from './newcomer-identity.ts'

/** POST /v1/commit */
export function commitRoutes(app: FastifyInstance, service: Service): void {
  const { ledger, blobs, events, quota, metrics } = service

  app.post<{ Body: CommitRequest }>(
    '/v1/commit',
    {
      // It names the heads that it follows, and uses an invitation up.
      config: { access: 'newcomers', identityIn: newcomerIdentity, repeatable: true },
      bodyLimit: service.limits.documentBytes,
      schema: {
        summary: 'Everything that changes records: all of it durably, or nothing',
        body: CommitRequest,
        response: { 200: CommitResponse },
      },
    },
    async (request) => {
      const caller = callerOf(request)
      const { plan, response, freedBlobs, freedBytes } = await commit(caller, request.body, service)
      metrics.count('commits', 'Commits that were made durable.')
      quota.add(-freedBytes)
      // The record is gone durably; a blob that stays because of a crash here is found as garbage.
      for (const blob of freedBlobs) await blobs.delete(blob).catch(() => undefined)
      if (plan.newNames.length > 0 && ledger.accountCount === 1) await service.onSetUp()
      auditBy(service, 'commit', caller, { subjects: plan.appends.map(({ log }) => log) })
      for (const { log, head } of plan.appends) {
        const [kind, id] = log.split('/')
        const space = kind === 'space' ? ledger.space(id as SpaceId) : undefined
        events.emit(
          { event: 'log', data: { log, sequence: head.sequence } },
          (account) => space === undefined || mayRead(space, account),
        )
      }
      if (plan.accounts.size > 0) events.recheck((_account, device) => ledger.device(device) !== undefined)
      for (const id of plan.recoveriesDone)
        events.emit({ event: 'recovery', data: { id, state: 'done' } }, () => true)
      for (const id of plan.recoveriesCancelled)
        events.emit({ event: 'recovery', data: { id, state: 'cancelled' } }, () => true)
      return response
    },
  )
}
