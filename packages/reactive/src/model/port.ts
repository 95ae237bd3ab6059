import { ReactiveError } from '../errors.ts'

/**
 * A port (n, l, d): a name, a label (simple, buffer ↔, clock ◁) and a direction (! out, ? in). Appendix A; the
 * notation is the paper's, and `<` may be typed for ◁, `<>` for ↔.
 */
export interface Port {
  readonly name: string
  readonly label: 'simple' | 'buffer' | 'clock'
  readonly direction: '!' | '?'
}

const MARK = { simple: '', buffer: '↔', clock: '◁' } as const

/** `in?`, `out!`, `out◁!`, `in↔?`: the port as the paper writes it. */
export function formatPort(port: Port): string {
  return `${port.name}${MARK[port.label]}${port.direction}`
}

/** Throws ReactiveError `reactive/port-notation`. */
export function parsePort(notation: string): Port {
  const match = /^([\p{L}\p{N}_.′'-]+?)(◁|↔|<>|<)?([!?])$/u.exec(notation)
  if (match === null)
    throw new ReactiveError(
      'reactive/port-notation',
      `${JSON.stringify(notation)} is not a port: expected a name, then ◁ or ↔ or nothing, then ! or ?`,
    )
  const [, name = '', mark = '', direction] = match
  const label = mark === '' ? 'simple' : mark === '◁' || mark === '<' ? 'clock' : 'buffer'
  return { name, label, direction: direction as '!' | '?' }
}

/** The port that this one connects to: n! – n↔?, n? – n↔!, n◁! – n◁?. */
export function complement(port: Port): Port {
  const direction = port.direction === '!' ? '?' : '!'
  switch (port.label) {
    case 'simple':
      return { name: port.name, label: 'buffer', direction }
    case 'buffer':
      return { name: port.name, label: 'simple', direction }
    case 'clock':
      return { name: port.name, label: 'clock', direction }
    default:
      return port.label satisfies never
  }
}

/** The master clock port clk◁?, where the run starts and returns to. */
export const MASTER_CLOCK: Port = { name: 'clk', label: 'clock', direction: '?' }

/** A set of ports, by notation. */
export class PortSet implements Iterable<Port> {
  readonly #ports: ReadonlyMap<string, Port>

  constructor(ports: Iterable<Port | string> = []) {
    const entries = Array.from(ports, (port) => (typeof port === 'string' ? parsePort(port) : port))
    this.#ports = new Map(entries.map((port) => [formatPort(port), port]))
  }

  has(port: Port): boolean {
    return this.#ports.has(formatPort(port))
  }

  get size(): number {
    return this.#ports.size
  }

  [Symbol.iterator](): Iterator<Port> {
    return this.#ports.values()
  }

  union(other: PortSet): PortSet {
    return new PortSet([...this, ...other])
  }

  intersection(other: PortSet): PortSet {
    return new PortSet([...this].filter((port) => other.has(port)))
  }

  without(other: PortSet): PortSet {
    return new PortSet([...this].filter((port) => !other.has(port)))
  }

  /** The ports that connect directly to these: Sᶜ. */
  complements(): PortSet {
    return new PortSet([...this].map(complement))
  }

  equals(other: PortSet): boolean {
    return this.size === other.size && [...this].every((port) => other.has(port))
  }

  /** `{in↔?, out↔!}`, in alphabetical order. */
  toString(): string {
    return `{${[...this.#ports.keys()].toSorted().join(', ')}}`
  }
}
