import { decodeDeviceIdentity, deviceId, encodeDeviceIdentity } from '@warren/identity'
import { base64urlText } from '@warren/primitives/encoding'
import type { FastifyInstance } from 'fastify'
import { accountIds, Enrolment, enrolmentIds, VaultError } from '../../protocol/index.ts'
import { callerOf } from '../authentication.ts'
import { auditBy, type Service } from '../service.ts'
import type { StoredEnrolment } from '../store/store.ts'
import { documentIdentity } from './newcomer-identity.ts'

function written(enrolment: StoredEnrolment): Enrolment {
  return {
    account: enrolment.account,
    identity: base64urlText.encode(enrolment.identity),
    possession: base64urlText.encode(enrolment.possession),
    tag: base64urlText.encode(enrolment.tag),
  }
}

/** POST and GET /v1/enrolments/{id} */
export function enrolmentRoutes(app: FastifyInstance, service: Service): void {
  const { store, ledger, suite, clock, limits, events } = service

  app.post<{ Params: { id: string }; Body: Enrolment }>(
    '/v1/enrolments/:id',
    {
      config: { access: 'newcomers', identityIn: documentIdentity },
      schema: { summary: 'A new device’s keys, for the account’s primary device', body: Enrolment },
    },
    async (request, reply) => {
      const caller = callerOf(request)
      if (caller.kind !== 'newcomer')
        throw new VaultError('vault/conflict', 'this device belongs to an account already')
      const id = enrolmentIds.parse(request.params.id)
      const account = accountIds.parse(request.body.account)
      const identity = decodeDeviceIdentity(base64urlText.decode(request.body.identity))
      const possession = base64urlText.decode(request.body.possession)
      if (deviceId(identity) !== caller.device)
        throw new VaultError('vault/forbidden', 'a device enrols itself only')
      if (ledger.account(account) === undefined)
        throw new VaultError('vault/not-found', 'there is no such account')
      suite.checkPossession(identity.encryptionKey, possession, identity.signingKey)
      await store.transact(async (tables) => {
        const known = await tables.enrolments.get(id)
        if (
          known === undefined &&
          (await tables.enrolments.countWaiting(account)) >= limits.openEnrolmentsPerAccount
        )
          throw new VaultError('vault/busy', 'too many devices wait for this account')
        await tables.enrolments.put(
          {
            id,
            account,
            device: caller.device,
            identity: encodeDeviceIdentity(identity),
            possession,
            tag: base64urlText.decode(request.body.tag),
          },
          clock.now(),
        )
      })
      auditBy(service, 'enrolment', caller, { subjects: [id] })
      events.emit({ event: 'enrolment', data: { id } }, (other) => other === account)
      return reply.code(201).send({})
    },
  )

  app.get<{ Params: { id: string } }>(
    '/v1/enrolments/:id',
    {
      config: { access: 'newcomers' },
      schema: { summary: 'An enrolment, for the account’s devices', response: { 200: Enrolment } },
    },
    async (request) => {
      const caller = callerOf(request)
      const enrolment = await store.view.enrolments.get(enrolmentIds.parse(request.params.id))
      const own =
        enrolment !== undefined &&
        (caller.device === enrolment.device ||
          (caller.kind === 'device' && caller.account === enrolment.account))
      if (!own) throw new VaultError('vault/not-found', 'there is no such enrolment')
      return written(enrolment)
    },
  )
}
