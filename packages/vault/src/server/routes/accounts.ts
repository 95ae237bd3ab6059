import type { FastifyInstance } from 'fastify'
import { AccountList } from '../../protocol/index.ts'
import { deviceOf } from '../authentication.ts'
import type { Service } from '../service.ts'

/** GET /v1/accounts */
export function accountRoutes(app: FastifyInstance, { ledger }: Service): void {
  app.get(
    '/v1/accounts',
    { schema: { summary: 'The accounts of this vault', response: { 200: AccountList } } },
    (request): AccountList => {
      deviceOf(request)
      const accounts = [...ledger.accounts()].map(({ id, name, head }) => ({
        id,
        name,
        sequence: head.sequence,
      }))
      return { accounts }
    },
  )
}
