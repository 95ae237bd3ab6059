/** Parameters of path-spec §2.4. */
const KEPT = 1000
const FEWEST = 100
const BIN_MS = 50
const MODES = 10
const QUANTILE = 0.8
const INITIAL_MS = 60_000
const SHORTEST_MS = 1_500
const LONGEST_MS = 600_000
/** Of the last circuits, so many given up mean that the network has changed, not that the relays are slow. */
const RECENT = 20
const MOST_TIMEOUTS = 18
export const HOPS_MEASURED = 3

/**
 * How long building a circuit may take (path-spec §2.4): learnt from how long it took, so that the slowest fifth of all
 * circuits is given up and a relay cannot steer us by being slow. Times are fitted by a Pareto distribution. Where
 * nearly all circuits are given up, the network or this machine has become slower: what was learnt is forgotten.
 */
export class CircuitTimeout {
  #times: number[] = []
  #recent: boolean[] = []
  #timeoutMs = INITIAL_MS

  /** For a circuit of three hops. */
  get milliseconds(): number {
    return this.#timeoutMs
  }

  /** For a circuit of `hops`: each hop costs the way to it and back, as in C-tor. */
  forHops(hops: number): number {
    const cost = (n: number) => (n * (n + 1)) / 2
    return this.#timeoutMs * Math.max(1, cost(hops) / cost(HOPS_MEASURED))
  }

  /** The third hop of a circuit was reached. */
  note(buildMs: number): void {
    this.#remember(false)
    this.#times.push(buildMs)
    if (this.#times.length > KEPT) this.#times.shift()
    if (this.#times.length >= FEWEST) this.#timeoutMs = Math.max(SHORTEST_MS, paretoQuantile(this.#times))
  }

  /** A circuit whose guard answered was given up. */
  noteTimeout(): void {
    this.#remember(true)
    if (this.#recent.filter((isTimeout) => isTimeout).length < MOST_TIMEOUTS) return
    this.#timeoutMs = this.#timeoutMs >= INITIAL_MS ? Math.min(LONGEST_MS, 2 * this.#timeoutMs) : INITIAL_MS
    this.#times = []
    this.#recent = []
  }

  #remember(isTimeout: boolean): void {
    this.#recent.push(isTimeout)
    if (this.#recent.length > RECENT) this.#recent.shift()
  }
}

/** Timeout = Xm / (1 − q)^(1/α), with Xm the mean of the fullest bins and α by maximum likelihood. */
export function paretoQuantile(times: readonly number[]): number {
  const bins = new Map<number, number>()
  for (const time of times) {
    const bin = Math.floor(time / BIN_MS)
    bins.set(bin, (bins.get(bin) ?? 0) + 1)
  }
  const modes = [...bins].toSorted((a, b) => b[1] - a[1]).slice(0, MODES)
  const inModes = modes.reduce((sum, [, count]) => sum + count, 0)
  const xm = modes.reduce((sum, [bin, count]) => sum + (bin + 0.5) * BIN_MS * count, 0) / inModes
  const logs = times.reduce((sum, time) => sum + Math.log(Math.max(time, xm) / xm), 0)
  if (logs === 0) return xm
  const alpha = times.length / logs
  return xm / (1 - QUANTILE) ** (1 / alpha)
}
