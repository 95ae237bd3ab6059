import { base64urlText } from '@warren/primitives/encoding'
import type { FastifyInstance } from 'fastify'
import {
  type AccountId,
  accountIds,
  PrivateClientList,
  PrivateClientRequest,
  PrivateClientsRemoved,
  PrivateCredential,
  VaultError,
} from '../../protocol/index.ts'
import { deviceOf } from '../authentication.ts'
import type { KnownPrivateClient, PrivateClients } from '../private-clients.ts'
import { auditBy, type Service } from '../service.ts'

/** Of clients that one account made and nobody used yet. */
const MOST_UNUSED = 100

/** The account that set the vault up: whoever used the client of the set-up link. */
function ownerAmong(all: readonly KnownPrivateClient[]): AccountId | undefined {
  return all.find((client) => client.maker === undefined && client.account !== undefined)?.account
}

/** POST and GET /v1/private-clients, DELETE /v1/private-clients/{account} */
export function privateClientRoutes(app: FastifyInstance, service: Service): void {
  const { privateClients, ledger } = service

  // After the answer: the request that makes an account is its first one.
  app.addHook('onResponse', async ({ caller, raw }) => {
    const account = caller === undefined ? undefined : ledger.device(caller.device)?.account.id
    if (account !== undefined) privateClients?.noteAccount(raw, account)
  })

  function clients(): PrivateClients {
    if (privateClients === undefined)
      throw new VaultError('vault/not-found', 'this vault is not a private service')
    return privateClients
  }

  app.post<{ Body: PrivateClientRequest }>(
    '/v1/private-clients',
    {
      schema: {
        summary: 'A credential for one more client of the private service',
        body: PrivateClientRequest,
        response: { 201: PrivateCredential },
      },
    },
    async (request, reply) => {
      const caller = deviceOf(request)
      const { group } = request.body
      const all = clients().list()
      // Who makes a client knows its credential: in another group, she would read that group's introduction points.
      if (group !== undefined && caller.account !== ownerAmong(all))
        throw new VaultError('vault/forbidden', 'only the account that set the vault up chooses groups')
      const unused = all.filter((client) => client.maker === caller.account && client.account === undefined)
      if (unused.length >= MOST_UNUSED)
        throw new VaultError('vault/busy', 'too many of the links that you made are unused')
      const { network, credential } = await clients().make(caller.account, group)
      auditBy(service, 'private-client', caller)
      return reply.code(201).send({
        network: base64urlText.encode(network),
        credential: base64urlText.encode(credential),
      })
    },
  )

  app.get(
    '/v1/private-clients',
    { schema: { summary: 'The clients of the private service', response: { 200: PrivateClientList } } },
    (request): PrivateClientList => {
      const caller = deviceOf(request)
      const all = clients().list()
      const isGrouped = caller.account === ownerAmong(all) && new Set(all.map(({ group }) => group)).size > 1
      return {
        clients: all.map(({ account, maker, group, createdMs, connected }) => ({
          createdMs,
          connected,
          ...(account === undefined ? {} : { account }),
          ...(maker === undefined ? {} : { maker }),
          ...(isGrouped ? { group } : {}),
        })),
      }
    },
  )

  app.delete<{ Params: { account: string } }>(
    '/v1/private-clients/:account',
    {
      schema: {
        summary: 'Removes a person’s clients, and those that she made and nobody used',
        response: { 200: PrivateClientsRemoved },
      },
    },
    async (request): Promise<PrivateClientsRemoved> => {
      const caller = deviceOf(request)
      const account = accountIds.parse(request.params.account)
      const all = clients().list()
      const owner = ownerAmong(all)
      if (caller.account !== owner)
        throw new VaultError('vault/forbidden', 'only the account that set the vault up removes people')
      if (account === owner)
        throw new VaultError('vault/conflict', 'the account that set the vault up cannot be removed')
      if (ledger.account(account) === undefined)
        throw new VaultError('vault/not-found', 'there is no such account')
      // A link that she made and that nobody used is one that she can use herself.
      const hers = all.filter((client) => (client.account ?? client.maker) === account)
      await clients().remove(hers.map(({ id }) => id))
      auditBy(service, 'private-client-removed', caller, { subjects: [account], detail: hers.length })
      return { removed: hers.length }
    },
  )
}
