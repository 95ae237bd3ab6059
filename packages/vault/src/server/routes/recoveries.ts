import type { FastifyInstance } from 'fastify'
import {
  type AccountId,
  ApprovalRequest,
  RecoveryList,
  RecoveryRequest,
  RecoveryStatus,
  recoveryIds,
  VaultError,
} from '../../protocol/index.ts'
import { callerOf, deviceOf } from '../authentication.ts'
import { approveRecovery } from '../records/approvals.ts'
import {
  cancelRecovery,
  mayFollow,
  recoveriesFor,
  recoveryStatus,
  requestRecovery,
} from '../records/recoveries.ts'
import { auditBy, type Service } from '../service.ts'
import type { StoredRecovery } from '../store/store.ts'
import { documentIdentity } from './newcomer-identity.ts'

interface OneRecovery {
  Params: { id: string }
}

/** /v1/recoveries: asked for, followed, approved, cancelled */
export function recoveryRoutes(app: FastifyInstance, service: Service): void {
  const { store, ledger, events } = service

  function tell(recovery: StoredRecovery): void {
    const { id, state } = recovery
    const users = ledger.account(recovery.account)?.recovery?.users ?? []
    const concerns = (account: AccountId) => account === recovery.account || users.includes(account)
    events.emit({ event: 'recovery', data: { id, state } }, concerns)
  }

  app.post<{ Body: RecoveryRequest }>(
    '/v1/recoveries',
    {
      config: { access: 'newcomers', identityIn: documentIdentity },
      schema: {
        summary: 'Asks for the recovery of an account',
        body: RecoveryRequest,
        response: { 201: RecoveryStatus },
      },
    },
    async (request, reply) => {
      const caller = callerOf(request)
      if (caller.kind !== 'newcomer')
        throw new VaultError('vault/conflict', 'this device belongs to an account already')
      const recovery = await requestRecovery(caller.device, request.body, service)
      auditBy(service, 'recovery-requested', caller, { subjects: [recovery.id, recovery.account] })
      tell(recovery)
      return reply.code(201).send(await recoveryStatus(recovery, service))
    },
  )

  app.get(
    '/v1/recoveries',
    {
      schema: {
        summary: 'Recoveries that concern the caller',
        response: { 200: RecoveryList },
      },
    },
    async (request): Promise<RecoveryList> => ({
      recoveries: await recoveriesFor(deviceOf(request).account, service),
    }),
  )

  app.get<OneRecovery>(
    '/v1/recoveries/:id',
    {
      config: { access: 'newcomers' },
      schema: { summary: 'One recovery', response: { 200: RecoveryStatus } },
    },
    async (request) => {
      const recovery = await store.view.recoveries.get(recoveryIds.parse(request.params.id))
      if (recovery === undefined || !mayFollow(callerOf(request), recovery, ledger))
        throw new VaultError('vault/not-found', 'there is no such recovery')
      return recoveryStatus(recovery, service)
    },
  )

  app.delete<OneRecovery>(
    '/v1/recoveries/:id',
    {
      config: { access: 'newcomers' },
      schema: {
        summary: 'Stops a recovery: the veto of the account’s devices',
        response: { 200: RecoveryStatus },
      },
    },
    async (request) => {
      const caller = callerOf(request)
      const recovery = await cancelRecovery(caller, recoveryIds.parse(request.params.id), service)
      auditBy(service, 'recovery-cancelled', caller, { subjects: [recovery.id, recovery.account] })
      tell(recovery)
      return recoveryStatus(recovery, service)
    },
  )

  app.post<OneRecovery & { Body: ApprovalRequest }>(
    '/v1/recoveries/:id/approvals',
    {
      schema: {
        summary: 'A recovery user’s approval, her key into the account, and her shares',
        body: ApprovalRequest,
        response: { 200: RecoveryStatus },
      },
    },
    async (request) => {
      const caller = deviceOf(request)
      const id = recoveryIds.parse(request.params.id)
      try {
        const recovery = await approveRecovery(caller, id, request.body, service)
        const event = recovery.state === 'ready' ? 'recovery-ready' : 'recovery-approved'
        auditBy(service, event, caller, { subjects: [recovery.id, recovery.account] })
        tell(recovery)
        return await recoveryStatus(recovery, service)
      } catch (error) {
        if (error instanceof VaultError && error.code === 'vault/wrong-share')
          auditBy(service, 'recovery-refused', caller, { subjects: [id], detail: error.code })
        throw error
      }
    },
  )
}
