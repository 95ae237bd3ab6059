/** Events in the order of their times: a binary heap. */
export class EventQueue<E> {
  readonly #heap: { at: number; event: E }[] = []

  get size(): number {
    return this.#heap.length
  }

  push(at: number, event: E): void {
    const heap = this.#heap
    const item = { at, event }
    let i = heap.length
    heap.push(item)
    while (i > 0) {
      const parent = (i - 1) >>> 1
      const above = heap[parent] as { at: number; event: E }
      if (above.at <= at) break
      heap[i] = above
      i = parent
    }
    heap[i] = item
  }

  pop(): { at: number; event: E } | undefined {
    const heap = this.#heap
    const top = heap[0]
    const last = heap.pop()
    if (top === undefined || last === undefined || heap.length === 0) return top
    let i = 0
    for (;;) {
      let child = 2 * i + 1
      if (child >= heap.length) break
      const right = heap[child + 1]
      if (right !== undefined && right.at < (heap[child] as { at: number }).at) child++
      const below = heap[child] as { at: number; event: E }
      if (below.at >= last.at) break
      heap[i] = below
      i = child
    }
    heap[i] = last
    return top
  }
}
