import { collection } from './collection.ts'
import type { CounterDeclaration } from './counter.ts'
import { isMaster, type Machine, type Readings, type State } from './machine.ts'
import { formatPort, type Port } from './port.ts'

/** A combination remembers its parts, so that the views of the parts can be read off its own. */
export interface Combination extends Machine {
  readonly parts: readonly Machine[]
}

export function isCombination(machine: Machine): machine is Combination {
  return 'parts' in machine
}

/** The counters of part `machine` among those of a combination. */
function own(machine: Machine, readings: Readings): Readings {
  return Object.fromEntries(
    Object.keys(machine.counters).map((id) => [id, readings[`${machine.name}.${id}`]]),
  ) as Readings
}

/**
 * The product machine: one machine that behaves as these do together, its states tuples of theirs, its ports all of
 * theirs. Connections between them still pass through their buffers, so no view changes (Pfitzmann–Waidner 2001,
 * Lemma 2.1). It is final when its master scheduler is; without one, when all parts are. Each part ignores inputs only
 * when it is final itself: what the master scheduler sent last is still received by a part of the same combination.
 */
export function combine(name: string, parts: readonly Machine[]): Combination {
  const { machines } = collection(...parts)
  const at = new Map<string, number>()
  machines.forEach((part, index) => {
    for (const port of part.ports) at.set(formatPort(port), index)
  })
  const counters: Record<string, CounterDeclaration> = {}
  for (const part of machines)
    for (const [id, declaration] of Object.entries(part.counters))
      counters[`${part.name}.${id}`] = declaration
  const partOf = (port: Port): { part: Machine; index: number } => {
    const index = at.get(formatPort(port)) ?? 0
    return { part: machines[index] as Machine, index }
  }
  const decisive = machines.some(isMaster) ? machines.filter(isMaster) : machines
  const stateOf = (state: State, part: Machine) =>
    (state as readonly State[])[machines.indexOf(part)] as State
  return {
    name,
    parts: machines,
    ports: machines.flatMap((part) => part.ports),
    counters,
    needsK: machines.some((part) => part.needsK),
    initial: (k) => machines.map((part) => part.initial(k)),
    isFinal: (state, readings) =>
      decisive.every((part) => part.isFinal(stateOf(state, part), own(part, readings))),
    ignores(state, port, readings) {
      const { part } = partOf(port)
      return part.ignores(stateOf(state, part), port, own(part, readings))
    },
    lengthBound(state, port) {
      const { part } = partOf(port)
      return part.lengthBound(stateOf(state, part), port)
    },
    ticks(state, port, readings) {
      const { part } = partOf(port)
      return part.ticks(stateOf(state, part), port, own(part, readings)).map((id) => `${part.name}.${id}`)
    },
    react(state, port, message, before, after) {
      const { part, index } = partOf(port)
      const current = stateOf(state, part)
      return part.react(current, port, message, own(part, before), own(part, after)).map((branch) => ({
        probability: branch.probability,
        state: (state as readonly State[]).with(index, branch.state),
        output: branch.output,
      }))
    },
  }
}
