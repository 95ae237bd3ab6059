import { ReactiveError } from '../errors.ts'
import { type Collection, checkClosed, collection, freePorts, ports } from './collection.ts'
import { isMaster, type Machine } from './machine.ts'
import { formatPort, type Port, PortSet } from './port.ts'

/** (M̂, S): a protocol, with its service ports S ⊆ free([M̂]), which are ports of buffers. */
export interface Structure {
  readonly name: string
  readonly machines: Collection
  readonly service: PortSet
}

/**
 * Throws ReactiveError `reactive/service-ports` for a service port that is not free, `reactive/not-simple` for a
 * protocol that contains the master scheduler.
 */
export function structure(
  name: string,
  machines: readonly Machine[] | Collection,
  service: Iterable<Port | string>,
): Structure {
  const collected = 'machines' in machines ? machines : collection(...machines)
  const chosen = new PortSet(service)
  const free = freePorts(collected)
  for (const port of chosen)
    if (!free.has(port))
      throw new ReactiveError(
        'reactive/service-ports',
        `structure ${name}: ${formatPort(port)} is not free; free are ${free.toString()}`,
      )
  const master = collected.machines.find(isMaster)
  if (master !== undefined)
    throw new ReactiveError(
      'reactive/not-simple',
      `structure ${name}: ${master.name} has clk◁?; the master scheduler is the user or the adversary`,
    )
  return { name, machines: collected, service: chosen }
}

/** A structure all of whose free ports are service ports, as the paper's M̂₀ and M̂₀′. */
export function openStructure(name: string, machines: readonly Machine[]): Structure {
  return structure(name, machines, freePorts(collection(...machines)))
}

/** S̄ = free([M̂]) ∖ S: what the adversary alone may connect to. */
export function adversaryPorts({ machines, service }: Structure): PortSet {
  return freePorts(machines).without(service)
}

/** forb(M̂, S) = ports(M̂) ∪ S̄ᶜ: what an honest user must not have. */
export function forbiddenPorts(of: Structure): PortSet {
  return ports(of.machines).union(adversaryPorts(of).complements())
}

/** (M̂, S, H, A): a structure with an honest user and an adversary, closed. */
export interface Configuration {
  readonly structure: Structure
  readonly user: Machine
  readonly adversary: Machine
  readonly machines: Collection
}

function refuseForbidden(user: Machine, of: Structure, why: string): void {
  const [port] = new PortSet(user.ports).intersection(forbiddenPorts(of))
  if (port !== undefined)
    throw new ReactiveError(
      'reactive/forbidden-port',
      `user ${user.name} must not have ${formatPort(port)}: ${why} ${of.name}`,
    )
}

/** An adversary without ports and programs, for users who do everything themselves. */
const NOBODY = (name: string): Machine => ({
  name,
  ports: [],
  counters: {},
  needsK: false,
  initial: () => null,
  isFinal: () => false,
  ignores: () => false,
  lengthBound: () => Number.POSITIVE_INFINITY,
  ticks: () => [],
  react: () => [],
})

/**
 * A member of Conf(M̂, S); given `ideal`, of Conf^M̂₂(M̂₁, S), where the user also keeps off the ports forbidden there.
 * Throws ReactiveError `reactive/forbidden-port`, or what `checkClosed` throws.
 */
export function configuration(
  of: Structure,
  user: Machine,
  adversary: Machine | null = null,
  ideal?: Structure,
): Configuration {
  refuseForbidden(user, of, 'it is forbidden in')
  if (ideal !== undefined) {
    if (!ideal.service.equals(of.service))
      throw new ReactiveError(
        'reactive/service-ports',
        `${of.name} offers ${of.service.toString()} and ${ideal.name} offers ${ideal.service.toString()}: only equal services are compared`,
      )
    refuseForbidden(user, ideal, 'it is forbidden in the ideal')
  }
  const present = adversary ?? NOBODY('A')
  const machines = collection(...of.machines.machines, user, ...(adversary === null ? [] : [present]))
  checkClosed(machines)
  return { structure: of, user, adversary: present, machines }
}

/** A configuration in which some machine plays whatever role: any closed collection, and whose view is looked at. */
export interface Closed {
  readonly machines: Collection
  readonly user: Machine
}

/** A closed collection and the machine whose view is measured. Throws what `checkClosed` throws. */
export function closed(user: Machine, ...others: readonly Machine[]): Closed {
  const machines = collection(...others, user)
  checkClosed(machines)
  return { machines, user }
}

/** Do two structures share no connection except through service ports, in the sense of `||`? The reason, or null. */
export function whyNotComposable(first: Structure, second: Structure): string | null {
  for (const [one, other] of [
    [first, second],
    [second, first],
  ] as const) {
    const [port] = ports(one.machines).intersection(forbiddenPorts(other))
    if (port !== undefined) return `${one.name} has ${formatPort(port)}, which is forbidden in ${other.name}`
  }
  const left = first.service.intersection(freePorts(second.machines))
  const right = second.service.intersection(freePorts(first.machines))
  return left.equals(right)
    ? null
    : `they share ${left.toString()} on one side and ${right.toString()} on the other`
}

/** (M̂₁, S₁) ‖ (M̂₂, S₂). Throws ReactiveError `reactive/not-composable`, or what `collection` throws. */
export function compose(first: Structure, second: Structure, name?: string): Structure {
  const why = whyNotComposable(first, second)
  if (why !== null)
    throw new ReactiveError(
      'reactive/not-composable',
      `${first.name} and ${second.name} do not compose: ${why}`,
    )
  const machines = collection(...first.machines.machines, ...second.machines.machines)
  return {
    name: name ?? `${first.name}‖${second.name}`,
    machines,
    service: first.service.union(second.service).intersection(freePorts(machines)),
  }
}

/** One structure for every set of corrupted parties, under the same keys in the real and in the ideal system. */
export interface System {
  readonly name: string
  readonly structures: ReadonlyMap<string, Structure>
}

/** The key of a corruption set: `{}`, `{P₁}`, `{P₁, P₃}`. */
export function corruptionKey(corrupted: readonly string[]): string {
  return `{${corrupted.toSorted().join(', ')}}`
}

/** Builds a system from the sets of parties that may be corrupted. */
export function system(
  name: string,
  corruptions: readonly (readonly string[])[],
  build: (corrupted: readonly string[]) => Structure,
): System {
  return { name, structures: new Map(corruptions.map((set) => [corruptionKey(set), build(set)])) }
}

/**
 * The pairs of structures that a comparison of systems compares; `corresponding` maps corruption sets where they
 * differ. Throws ReactiveError `reactive/service-ports`.
 */
export function* correspondingStructures(
  real: System,
  ideal: System,
  corresponding: (key: string) => string = (key) => key,
): Generator<{ corrupted: string; real: Structure; ideal: Structure }> {
  for (const [key, own] of real.structures) {
    const other = ideal.structures.get(corresponding(key))
    if (other === undefined || !other.service.equals(own.service))
      throw new ReactiveError(
        'reactive/service-ports',
        `${ideal.name} has no structure with the services ${own.service.toString()} for ${key} of ${real.name}`,
      )
    yield { corrupted: key, real: own, ideal: other }
  }
}
