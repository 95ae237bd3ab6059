import { fork } from 'node:child_process'
import { once } from 'node:events'

/** A process that answers orders over IPC, one at a time. */
export interface Peer<Order, Answer> {
  /** Rejects with what went wrong there, or when the process ends. */
  ask(order: Order): Promise<Answer>
  stop(): void
}

export function startPeer<Order, Answer>(script: string): Peer<Order, Answer> {
  const child = fork(new URL(script, import.meta.url), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`${script} ended with ${code}`)
  })
  ended.catch(() => {})
  return {
    async ask(order) {
      child.send(order as object)
      const [reply] = (await Promise.race([once(child, 'message'), ended])) as [
        { answer?: Answer; error?: string },
      ]
      if (reply.answer === undefined) throw new Error(reply.error ?? 'the peer gave no answer')
      return reply.answer
    },
    stop: () => child.kill(),
  }
}
