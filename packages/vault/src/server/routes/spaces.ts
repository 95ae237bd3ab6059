import { base64urlText } from '@warren/primitives/encoding'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { mayRead, ReencryptedCapsule, SpaceList, spaceIds, VaultError } from '../../protocol/index.ts'
import { deviceOf } from '../authentication.ts'
import type { ServedCapsule } from '../reencryptor/reencryptor.ts'
import type { Service } from '../service.ts'
import { readableSpace } from './logs.ts'
import { wholeNumber } from './parameters.ts'

interface EpochRequest {
  Params: { id: string; epoch: string }
}

export function capsuleAnswer(served: ServedCapsule): ReencryptedCapsule {
  return {
    capsule: base64urlText.encode(served.capsule),
    chain: served.chain.map((key) => base64urlText.encode(key)),
  }
}

/** GET /v1/spaces; GET /v1/spaces/{id}/epochs/{n}/key and …/owner-keys */
export function spaceRoutes(app: FastifyInstance, service: Service): void {
  const { ledger, reencryptor } = service

  app.get(
    '/v1/spaces',
    { schema: { summary: 'The spaces that the caller may read', response: { 200: SpaceList } } },
    (request): SpaceList => {
      const { account } = deviceOf(request)
      const spaces = [...ledger.spaces()]
        .filter((space) => mayRead(space, account))
        .map(({ id, owner, head }) => ({ id, owner, sequence: head.sequence }))
      return { spaces }
    },
  )

  function epochOf(request: FastifyRequest<EpochRequest>) {
    const caller = deviceOf(request)
    const space = readableSpace(service, spaceIds.parse(request.params.id), caller.account)
    const epoch = space.epochs[wholeNumber(request.params.epoch)]
    if (epoch === undefined) throw new VaultError('vault/not-found', 'there is no such epoch')
    const known = ledger.device(caller.device)
    if (known === undefined) throw new VaultError('vault/unauthenticated', 'not signed by a device')
    const device = { id: caller.device, publicKey: known.device.identity.encryptionKey }
    return { space, epoch, account: caller.account, device }
  }

  const answer = { response: { 200: ReencryptedCapsule } }
  app.get<EpochRequest>(
    '/v1/spaces/:id/epochs/:epoch/key',
    { schema: { summary: 'An epoch’s key, re-encrypted for the calling device', ...answer } },
    async (request) => {
      const { space, epoch, account, device } = epochOf(request)
      return capsuleAnswer(
        await reencryptor.serve({
          capsule: epoch.capsule,
          recipient: epoch.publicKey,
          account,
          device,
          epoch: {
            space: space.id,
            number: epoch.number,
            as: space.owner === account ? 'owner' : 'member',
          },
          space: space.id,
        }),
      )
    },
  )
  app.get<EpochRequest>(
    '/v1/spaces/:id/epochs/:epoch/owner-keys',
    { schema: { summary: 'The space’s secret key, for its owner’s devices', ...answer } },
    async (request) => {
      const { space, epoch, account, device } = epochOf(request)
      if (space.owner !== account) throw new VaultError('vault/forbidden', 'these keys are the owner’s')
      return capsuleAnswer(
        await reencryptor.serve({
          capsule: epoch.ownerKeys.capsule,
          recipient: epoch.ownerKeys.recipient,
          account,
          device,
          space: space.id,
        }),
      )
    },
  )
}
