import type { FastifyInstance } from 'fastify'
import { decodeEdge, type Edge, type EdgeId, EdgeList, nodeIdOf } from '../../protocol/index.ts'
import { deviceOf } from '../authentication.ts'
import type { Service } from '../service.ts'

function written(id: EdgeId, edge: Edge): EdgeList['edges'][number] {
  const { purpose } = edge
  return {
    id,
    from: nodeIdOf(edge.from),
    to: nodeIdOf(edge.to),
    purpose: purpose.kind,
    ...('space' in purpose ? { space: purpose.space, epoch: purpose.epoch } : {}),
    ...('account' in purpose ? { account: purpose.account } : {}),
    ...(purpose.kind === 'share' && purpose.untilMs !== undefined ? { untilMs: purpose.untilMs } : {}),
  }
}

/** GET /v1/edges */
export function edgeRoutes(app: FastifyInstance, { store, ledger, graph }: Service): void {
  app.get(
    '/v1/edges',
    { schema: { summary: 'The caller’s part of the key graph', response: { 200: EdgeList } } },
    async (request): Promise<EdgeList> => {
      const { account } = deviceOf(request)
      const nodes = [...(ledger.account(account)?.devices.values() ?? [])].map(({ node }) => node)
      for (const space of ledger.spaces())
        if (space.owner === account) nodes.push(...space.epochs.map(({ publicKey }) => nodeIdOf(publicKey)))
      const ids = new Set(nodes.flatMap((node) => [...graph.edgesFrom(node), ...graph.edgesTo(node)]))
      const edges: EdgeList['edges'] = []
      for (const id of ids) {
        const stored = await store.view.edges.get(id)
        if (stored !== undefined) edges.push(written(id, decodeEdge(stored.encoded).unverified))
      }
      return { edges }
    },
  )
}
