import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads'
import type { Rng } from '@warren/primitives/rng'
import { KljnError, type KljnErrorCode } from '../errors.ts'
import {
  type KeyExchange,
  type KeyExchangeOptions,
  planSession,
  type RoleName,
  type RoleResult,
  referee,
  type SessionPlan,
} from './key-exchange.ts'

/** What a worker is born with: its role, the plan (its own secrets only), and its lines to the others. */
export interface RoleOrder {
  role: RoleName
  plan: SessionPlan
  ports: Record<string, MessagePort>
}

/** What a worker says before it ends. */
export type RoleReport =
  | { kind: 'done'; result: RoleResult[RoleName] }
  | { kind: 'failed'; code: KljnErrorCode | undefined; message: string }

/**
 * The whole exchange in four threads: Alice, Bob, Eve and the wire, which share no memory. Rejects as `keyExchange`
 * does; `signal` ends all four.
 */
export async function separateKeyExchange(
  options: KeyExchangeOptions,
  rng: Rng,
  signal?: AbortSignal,
): Promise<KeyExchange> {
  signal?.throwIfAborted()
  const plan = planSession(options, rng)
  const line = () => new MessageChannel()
  const [aliceWire, bobWire, eveWire, alicePeer, bobPeer] = [line(), line(), line(), line(), line()]
  const workers: Worker[] = []
  const start = <R extends RoleName>(role: R, ports: Record<string, MessagePort>): Promise<RoleResult[R]> => {
    const order: RoleOrder = { role, plan: privatePlan(plan, role), ports }
    const worker = new Worker(new URL('./role-worker-node.ts', import.meta.url), {
      workerData: order,
      transferList: Object.values(ports),
    })
    workers.push(worker)
    return new Promise((resolve, reject) => {
      worker.once('message', (report: RoleReport) => {
        if (report.kind === 'done') resolve(report.result as RoleResult[R])
        else
          reject(
            report.code === undefined
              ? new Error(report.message)
              : new KljnError(report.code, report.message),
          )
      })
      worker.once('error', reject)
      worker.once('exit', () => reject(new Error(`the worker of ${role} ended without a result`)))
    })
  }
  const stop = () => void Promise.all(workers.map((worker) => worker.terminate()))
  signal?.addEventListener('abort', stop, { once: true })
  try {
    return await referee(plan, [
      start('alice', { wire: aliceWire.port1, peer: alicePeer.port1 }),
      start('bob', { wire: bobWire.port1, peer: bobPeer.port1 }),
      start('wire', { alice: aliceWire.port2, bob: bobWire.port2, eve: eveWire.port2 }),
      start('eve', { wire: eveWire.port1, alice: alicePeer.port2, bob: bobPeer.port2 }),
    ])
  } catch (error) {
    signal?.throwIfAborted()
    throw error
  } finally {
    signal?.removeEventListener('abort', stop)
    await Promise.all(workers.map((worker) => worker.terminate()))
  }
}

/** The plan without what this role must not know: the other's seed, and the pre-shared key. */
function privatePlan(plan: SessionPlan, role: RoleName): SessionPlan {
  const seed = (owner: RoleName, value: string) => (owner === role ? value : '')
  return {
    ...plan,
    preSharedKey: role === 'alice' || role === 'bob' ? plan.preSharedKey : new Uint8Array(0),
    seeds: {
      alice: seed('alice', plan.seeds.alice),
      bob: seed('bob', plan.seeds.bob),
      wire: seed('wire', plan.seeds.wire),
    },
  }
}
