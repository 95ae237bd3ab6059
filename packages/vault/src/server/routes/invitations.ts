import type { FastifyInstance } from 'fastify'
import { InvitationRequest, VaultError } from '../../protocol/index.ts'
import { deviceOf } from '../authentication.ts'
import { auditBy, type Service } from '../service.ts'

const DAY_MS = 24 * 3600 * 1000

/** POST /v1/invitations */
export function invitationRoutes(app: FastifyInstance, service: Service): void {
  const { store, clock, limits } = service
  app.post<{ Body: InvitationRequest }>(
    '/v1/invitations',
    { schema: { summary: 'Makes an invitation: its hash and its end', body: InvitationRequest } },
    async (request, reply) => {
      const caller = deviceOf(request)
      const { hash, expiresMs } = request.body
      const now = clock.now()
      if (expiresMs <= now) throw new VaultError('vault/bad-request', 'an invitation that has ended')
      if (expiresMs > now + limits.invitationMs)
        throw new VaultError(
          'vault/bad-request',
          `an invitation lasts ${Math.floor(limits.invitationMs / DAY_MS)} days at most`,
        )
      await store.transact(async (tables) => {
        if ((await tables.invitations.open(caller.account, now)) >= limits.openInvitationsPerAccount)
          throw new VaultError('vault/busy', 'too many invitations are open')
        await tables.invitations.put(hash, caller.account, expiresMs)
      })
      auditBy(service, 'invitation', caller)
      return reply.code(201).send({})
    },
  )
}
