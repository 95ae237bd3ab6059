/** One measured quantity: all samples, and what to quote. Units: ms, MB/s, MiB, count. */
export interface Measurement {
  name: string
  unit: string
  samples: number[]
  median: number
  min: number
  max: number
}

/** One line of a benchmark's table. `peer` is measured in the same run; `goal` is what we promised ourselves. */
export interface Row {
  name: string
  measured: Measurement
  peer?: { name: string; measured?: Measurement; quoted?: string }
  goal?: { text: string; met: boolean }
}

export interface Report {
  schema: 'warren.bench/1'
  name: string
  /** Processor, cores, Node version; the disk's fsync rate where writes are measured. */
  machine: Record<string, string | number>
  rows: Row[]
  notes: string[]
}

export function measurement(name: string, unit: string, samples: readonly number[]): Measurement {
  if (samples.length === 0) throw new RangeError(`measurement ${name}: no samples`)
  const sorted = samples.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const median =
    sorted.length % 2 === 1
      ? (sorted[middle] as number)
      : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2
  return { name, unit, samples: [...samples], median, min: sorted[0] as number, max: sorted.at(-1) as number }
}

/**
 * Times several candidates in turn (A B A B …), so that a drift of the machine falls on all of them alike. Each is run
 * once before, uncounted. Returns milliseconds a call.
 */
export async function inTurn<K extends string>(
  candidates: Record<K, () => unknown>,
  options: { runs: number; callsPerRun?: number },
): Promise<Record<K, Measurement>> {
  const names = Object.keys(candidates) as K[]
  const calls = options.callsPerRun ?? 1
  const samples = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<K, number[]>
  for (const name of names) await candidates[name]()
  for (let run = 0; run < options.runs; run++)
    for (const name of names) {
      const started = performance.now()
      for (let call = 0; call < calls; call++) {
        const result = candidates[name]()
        if (result instanceof Promise) await result
      }
      samples[name].push((performance.now() - started) / calls)
    }
  return Object.fromEntries(names.map((name) => [name, measurement(name, 'ms', samples[name])])) as Record<
    K,
    Measurement
  >
}
