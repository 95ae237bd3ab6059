import { ReactiveError } from '../errors.ts'
import { isMaster, type Machine } from './machine.ts'
import { complement, formatPort, MASTER_CLOCK, type Port, PortSet } from './port.ts'

/** A set of machines with distinct names and disjoint ports; its buffers are implied (the completion [C]). */
export interface Collection {
  readonly machines: readonly Machine[]
}

/** Throws ReactiveError `reactive/duplicate-machine` or `reactive/duplicate-port`, with the names. */
export function collection(...machines: readonly Machine[]): Collection {
  const names = new Set<string>()
  const owner = new Map<string, string>()
  for (const machine of machines) {
    if (names.has(machine.name))
      throw new ReactiveError('reactive/duplicate-machine', `two machines are named ${machine.name}`)
    names.add(machine.name)
    for (const port of machine.ports) {
      const notation = formatPort(port)
      const other = owner.get(notation)
      if (other !== undefined)
        throw new ReactiveError(
          notation === 'clk◁?' ? 'reactive/two-master-schedulers' : 'reactive/duplicate-port',
          `${notation} belongs to two machines, ${other} and ${machine.name}`,
        )
      owner.set(notation, machine.name)
    }
  }
  return { machines }
}

/** ports(C): the machines' own ports. */
export function ports(collected: Collection): PortSet {
  return new PortSet(collected.machines.flatMap((machine) => machine.ports))
}

/** The names of the buffers that complete a collection, in order of appearance. */
export function bufferNames(collected: Collection): string[] {
  const names = collected.machines.flatMap((m) =>
    m.ports.filter((port) => port.name !== 'clk' || port.label !== 'clock').map((port) => port.name),
  )
  return [...new Set(names)]
}

function bufferPorts(name: string): Port[] {
  return [
    { name, label: 'buffer', direction: '?' },
    { name, label: 'clock', direction: '?' },
    { name, label: 'buffer', direction: '!' },
  ]
}

/** free([C]): the ports of the completion that lack their complement. */
export function freePorts(collected: Collection): PortSet {
  const all = ports(collected).union(new PortSet(bufferNames(collected).flatMap(bufferPorts)))
  return new PortSet([...all].filter((port) => !all.has(complement(port))))
}

/** Closed: free([C]) = {clk◁?}. */
export function isClosed(collected: Collection): boolean {
  return freePorts(collected).equals(new PortSet([MASTER_CLOCK]))
}

function neighbours(collected: Collection, name: string): string {
  return collected.machines
    .filter((machine) => machine.ports.some((port) => port.name === name))
    .map((machine) => machine.name)
    .join(', ')
}

/** Throws ReactiveError `reactive/dangling-port` or `reactive/no-master-scheduler` unless the collection is closed. */
export function checkClosed(collected: Collection): void {
  const dangling = [...freePorts(collected)].filter((port) => formatPort(port) !== 'clk◁?')
  const [port] = dangling
  if (port !== undefined)
    throw new ReactiveError(
      'reactive/dangling-port',
      `the collection is not closed: nobody has ${formatPort(complement(port))}, which connection ${port.name} of ` +
        `machine ${neighbours(collected, port.name)} needs${dangling.length > 1 ? ` (and ${dangling.length - 1} more)` : ''}`,
    )
  if (!collected.machines.some(isMaster))
    throw new ReactiveError('reactive/no-master-scheduler', 'no machine has clk◁?, so no run can start')
}
