import type { FastifyInstance } from 'fastify'
import packageJson from '../../../package.json' with { type: 'json' }
import { VaultInfo } from '../../protocol/index.ts'
import type { Service } from '../service.ts'

/** GET /v1/vault, GET /openapi.json: for everybody who can reach the vault. */
export function publicRoutes(app: FastifyInstance, service: Service): void {
  app.get(
    '/v1/vault',
    { config: { access: 'public' }, schema: { summary: 'What this vault is', response: { 200: VaultInfo } } },
    (): VaultInfo => ({
      schema: 'warren.vault/1',
      version: packageJson.version,
      id: service.vaultId,
      suite: service.suiteId,
      empty: service.ledger.empty,
      nowMs: Math.floor(service.clock.now()),
      maxChunkBytes: service.limits.chunkBytes,
    }),
  )
  app.get('/openapi.json', { config: { access: 'public' }, schema: { hide: true } }, () => app.swagger())
}
