import type { FastifyInstance } from 'fastify'
import { VaultError } from '../../protocol/index.ts'
import type { Service } from '../service.ts'

const LOOPBACK = /^(127\.|::1$|::ffff:127\.)/

/** GET /metrics: from this machine only, unless the operator says otherwise */
export function metricsRoutes(app: FastifyInstance, { metrics }: Service, everywhere: boolean): void {
  app.get('/metrics', { config: { access: 'public' }, schema: { hide: true } }, (request, reply) => {
    // Behind a proxy everybody comes from this machine: what was forwarded is not local.
    const local =
      LOOPBACK.test(request.socket.remoteAddress ?? '') && request.headers['x-forwarded-for'] === undefined
    if (!everywhere && !local) throw new VaultError('vault/not-found', 'there is no such route')
    return reply.type('text/plain; version=0.0.4').send(metrics.text())
  })
}
