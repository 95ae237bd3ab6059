import { base64urlText } from '@warren/primitives/encoding'
import type { FastifyInstance } from 'fastify'
import {
  AccessRequestList,
  AccessRequestPost,
  accessRequestContext,
  accountIds,
  decodeAccessRequest,
  nodeIdOf,
  primaryOf,
  VaultError,
} from '../../protocol/index.ts'
import { deviceOf } from '../authentication.ts'
import { auditBy, type Service } from '../service.ts'
import { capsuleAnswer } from './spaces.ts'

/** POST and GET /v1/access-requests; DELETE /v1/access-requests/{from} */
export function accessRequestRoutes(app: FastifyInstance, service: Service): void {
  const { store, ledger, reencryptor, work, limits } = service

  app.post<{ Body: AccessRequestPost }>(
    '/v1/access-requests',
    { schema: { summary: 'Asks the owner of a space for access to it', body: AccessRequestPost } },
    async (request, reply) => {
      const caller = deviceOf(request)
      const encoded = base64urlText.decode(request.body.request)
      const { from, to, capsule } = decodeAccessRequest(encoded)
      if (from !== caller.account) throw new VaultError('vault/forbidden', 'everybody asks for herself only')
      if (to === from) throw new VaultError('vault/bad-request', 'nobody asks herself')
      const owner = ledger.account(to)
      if (owner === undefined) throw new VaultError('vault/not-found', 'there is no such account')
      const publicKey = primaryOf(owner).identity.encryptionKey
      await work.check([{ kind: 'capsule', capsule, publicKey, context: accessRequestContext(from, to) }])
      await store.transact(async ({ accessRequests }) => {
        const others = await accessRequests.countOthers(to, from)
        if (others >= limits.accessRequestsPerAccount)
          throw new VaultError('vault/busy', 'too many requests wait for this account')
        await accessRequests.put({ owner: to, asker: from, recipient: nodeIdOf(publicKey), encoded })
      })
      auditBy(service, 'access-request', caller, { subjects: [to] })
      return reply.code(201).send({})
    },
  )

  app.get(
    '/v1/access-requests',
    {
      schema: {
        summary: 'Who asks the caller for access, re-encrypted for the calling device',
        response: { 200: AccessRequestList },
      },
    },
    async (request): Promise<AccessRequestList> => {
      const caller = deviceOf(request)
      const known = ledger.device(caller.device)
      if (known === undefined) throw new VaultError('vault/unauthenticated', 'not signed by a device')
      const device = { id: caller.device, publicKey: known.device.identity.encryptionKey }
      const requests: AccessRequestList['requests'] = []
      for (const { recipient, encoded } of await store.view.accessRequests.of(caller.account)) {
        const { from, capsule, sealed } = decodeAccessRequest(encoded)
        const once = [...known.account.devices.values()].find(({ node }) => node === recipient)
        if (once === undefined) continue
        try {
          const served = await reencryptor.serve({
            capsule,
            recipient: once.identity.encryptionKey,
            account: caller.account,
            device,
          })
          requests.push({ from, ...capsuleAnswer(served), sealed: base64urlText.encode(sealed) })
        } catch (error) {
          // One for a device that was lost for good must not hide the others.
          if (!(error instanceof VaultError) || error.code !== 'vault/no-chain') throw error
          requests.push({ from })
        }
      }
      return { requests }
    },
  )

  app.delete<{ Params: { from: string } }>(
    '/v1/access-requests/:from',
    { schema: { summary: 'Forgets a request to the caller: she has declined it, or granted it' } },
    async (request, reply) => {
      const caller = deviceOf(request)
      const from = accountIds.parse(request.params.from)
      const found = await store.transact(({ accessRequests }) => accessRequests.delete(caller.account, from))
      if (!found) throw new VaultError('vault/not-found', 'nothing is asked of the caller by this account')
      auditBy(service, 'access-request-closed', caller, { subjects: [from] })
      return reply.send({})
    },
  )
}
