import type { FastifyInstance } from 'fastify'
import { deviceOf } from '../authentication.ts'
import type { Service } from '../service.ts'

/** GET /v1/events: server-sent events, until either side ends them */
export function eventRoutes(app: FastifyInstance, { events }: Service): void {
  app.get(
    '/v1/events',
    { schema: { summary: 'Notices as they come', produces: ['text/event-stream'] } },
    (request, reply) => {
      const { account, device } = deviceOf(request)
      const { raw } = reply
      const stream = events.add(account, device, {
        send: (text) => raw.write(text),
        // Whoever does not read would never see the end, and keep the connection.
        end: () => (raw.writableNeedDrain ? raw.destroy() : raw.end()),
      })
      reply.hijack()
      raw.on('drain', stream.drained)
      raw.on('close', stream.remove)
      raw.on('error', stream.remove)
      raw.writeHead(200, {
        'content-type': 'text/event-stream',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      })
      raw.write(': \n\n')
    },
  )
}
