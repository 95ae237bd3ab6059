import type { Report } from './harness.ts'

export interface BenchmarkOptions {
  /** Overrides the number of counted runs. */
  runs?: number
  /** How long to measure what is measured over a time. */
  minutes?: number
  /** Only this part, of benchmarks that have parts. */
  part?: string
  /** What is being measured, on stderr. */
  log(line: string): void
}

export interface Benchmark {
  run(options: BenchmarkOptions): Promise<Report>
}

/** Loaded when asked for. */
const LOADERS: Record<string, () => Promise<{ benchmark: Benchmark }>> = {
  kljn: () => import('./kljn.bench.ts'),
  'chain-search': () => import('./chain-search.bench.ts'),
  reactive: () => import('./reactive.bench.ts'),
  tor: () => import('./tor.bench.ts'),
  primitives: () => import('./primitives.bench.ts'),
  vault: () => import('./vault.bench.ts'),
  reencryption: () => import('./reencryption.bench.ts'),
  'private-service': () => import('./private-service.bench.ts'),
  'private-memory': () => import('./private-memory.bench.ts'),
  'private-network': () => import('./private-network.bench.ts'),
}

export const BENCHMARKS: readonly string[] = Object.keys(LOADERS)

/** Undefined when there is no benchmark of that name. */
export async function runBenchmark(name: string, options: BenchmarkOptions): Promise<Report | undefined> {
  const load = Object.hasOwn(LOADERS, name) ? LOADERS[name] : undefined
  return load === undefined ? undefined : (await load()).benchmark.run(options)
}
