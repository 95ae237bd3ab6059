import { bufferNames, type Collection } from './collection.ts'
import { isMaster, type Machine } from './machine.ts'
import { formatPort, type Port, PortSet } from './port.ts'

/** One buffer with what is attached to it, as Figure 4 draws it; null is nobody. */
export interface Connection {
  readonly name: string
  readonly sender: Machine | null
  readonly receiver: Machine | null
  readonly scheduler: Machine | null
  /** Is one of its free ports a service port? Only then may the honest user connect. */
  readonly service: boolean
}

/** The connections of a collection, in order of appearance. */
export function connections(collected: Collection, service: PortSet = new PortSet()): Connection[] {
  const ownerOf = (port: Port): Machine | null =>
    collected.machines.find((m) => m.ports.some((own) => formatPort(own) === formatPort(port))) ?? null
  const offered = new Set([...service].map((port) => port.name))
  return bufferNames(collected).map((name) => ({
    name,
    sender: ownerOf({ name, label: 'simple', direction: '!' }),
    receiver: ownerOf({ name, label: 'simple', direction: '?' }),
    scheduler: ownerOf({ name, label: 'clock', direction: '!' }),
    service: offered.has(name),
  }))
}

/** The same in text, for a terminal: machines with their ports, then one line per connection. */
export function collectionToText(collected: Collection, service?: PortSet): string {
  const wide = Math.max(...collected.machines.map((m) => m.name.length))
  const machines = collected.machines.map(
    (m) =>
      `${m.name.padEnd(wide)}  ${m.ports.map(formatPort).join('  ')}${isMaster(m) ? '  (master scheduler)' : ''}`,
  )
  const lines = connections(collected, service).map(
    ({ name, sender, receiver, scheduler, service: offered }) => {
      const outside = offered ? 'user' : 'adversary'
      const end = (machine: Machine | null) => machine?.name ?? (service === undefined ? '·' : `(${outside})`)
      return [name, `${end(sender)} ──▷ ${end(receiver)}`, `scheduled by ${end(scheduler)}`]
    },
  )
  const widths = [0, 1].map((i) => Math.max(0, ...lines.map((line) => (line[i] as string).length)))
  return [
    ...machines,
    '',
    ...lines.map(
      ([a = '', b = '', c = '']) =>
        `${a.padEnd(widths[0] as number)}  ${b.padEnd(widths[1] as number)}  ${c}`,
    ),
  ].join('\n')
}
