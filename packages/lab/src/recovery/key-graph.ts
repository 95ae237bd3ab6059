/** Devices and the re-encryption keys between them, without the cryptography: what chain search sees. */
export class KeyGraph {
  readonly #edges = new Map<string, Set<string>>()

  add(from: string, to: string): void {
    const set = this.#edges.get(from)
    if (set === undefined) this.#edges.set(from, new Set([to]))
    else set.add(to)
  }

  copy(): KeyGraph {
    const graph = new KeyGraph()
    for (const [from, set] of this.#edges) for (const to of set) graph.add(from, to)
    return graph
  }

  outgoing(from: string): readonly string[] {
    return [...(this.#edges.get(from) ?? [])]
  }

  /** R1 and R2: the new primary re-makes the outgoing keys of the old one, but for the given device. */
  promote(old: string, fresh: string, except?: string): void {
    for (const to of this.outgoing(old)) if (to !== fresh && to !== except) this.add(fresh, to)
  }

  /** The devices of a shortest chain, both ends included. */
  shortest(from: string, to: string): readonly string[] | undefined {
    const before = new Map<string, string | undefined>([[from, undefined]])
    const queue = [from]
    for (let at = queue.shift(); at !== undefined && !before.has(to); at = queue.shift())
      for (const next of this.outgoing(at))
        if (!before.has(next)) {
          before.set(next, at)
          queue.push(next)
        }
    if (!before.has(to)) return undefined
    const chain: string[] = []
    for (let at: string | undefined = to; at !== undefined; at = before.get(at)) chain.unshift(at)
    return chain
  }

  /** Re-encryptions on a shortest chain. */
  distance(from: string, to: string): number | undefined {
    const chain = this.shortest(from, to)
    return chain === undefined ? undefined : chain.length - 1
  }
}
