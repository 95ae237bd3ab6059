import { base64urlText } from '@warren/primitives/encoding'
import type { FastifyInstance } from 'fastify'
import { accountIds, decodeSharePackage, ReencryptedCapsule, VaultError } from '../../protocol/index.ts'
import { deviceOf } from '../authentication.ts'
import type { Service } from '../service.ts'
import { capsuleAnswer } from './spaces.ts'

/** GET /v1/share-packages/{owner} */
export function sharePackageRoutes(app: FastifyInstance, service: Service): void {
  const { store, ledger, reencryptor } = service
  app.get<{ Params: { owner: string } }>(
    '/v1/share-packages/:owner',
    {
      schema: {
        summary: 'The caller’s shares of an account’s recovery, re-encrypted for the calling device',
        response: { 200: ReencryptedCapsule },
      },
    },
    async (request): Promise<ReencryptedCapsule> => {
      const caller = deviceOf(request)
      const owner = accountIds.parse(request.params.owner)
      const encoded = await store.view.packages.get(owner, caller.account)
      const known = ledger.device(caller.device)
      if (encoded === undefined || known === undefined)
        throw new VaultError('vault/not-found', 'there are no shares of this account for the caller')
      const { capsule, recipient, sealed } = decodeSharePackage(encoded)
      const recipientKey = [...known.account.devices.values()].find(({ node }) => node === recipient)
      if (recipientKey === undefined)
        throw new VaultError('vault/no-chain', 'the shares are for a lost device')
      const served = await reencryptor.serve({
        capsule,
        recipient: recipientKey.identity.encryptionKey,
        account: caller.account,
        device: { id: caller.device, publicKey: known.device.identity.encryptionKey },
      })
      return { ...capsuleAnswer(served), sealed: base64urlText.encode(sealed) }
    },
  )
}
