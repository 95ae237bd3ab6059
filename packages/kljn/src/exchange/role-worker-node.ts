import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { KljnError } from '../errors.ts'
import { runRole, type SessionPorts } from './key-exchange.ts'
import type { RoleOrder, RoleReport } from './key-exchange-node.ts'
import { Inbox, type Port } from './roles/port.ts'

// The thread of one role. It gets its order as workerData, runs to the end, and reports once.

/** `null` on the line means that the other side has closed: a real close could overtake messages. */
function portOf(messagePort: MessagePort): Port {
  const inbox = new Inbox()
  let open = true
  messagePort.on('message', (message: unknown) => {
    if (message === null) inbox.close()
    else inbox.put(message)
  })
  messagePort.on('close', () => inbox.close())
  return {
    send: (message) => messagePort.postMessage(message),
    receive: () => inbox.take(),
    close() {
      if (open) messagePort.postMessage(null)
      open = false
    },
  }
}

const { role, plan, ports } = workerData as RoleOrder
const joined = Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, portOf(port)]))
let report: RoleReport
try {
  report = { kind: 'done', result: await runRole(role, plan, joined as unknown as SessionPorts[typeof role]) }
} catch (error) {
  report = {
    kind: 'failed',
    code: error instanceof KljnError ? error.code : undefined,
    message: error instanceof Error ? error.message : String(error),
  }
}
parentPort?.postMessage(report)
for (const port of Object.values(ports)) port.close()
