export { BENCHMARKS, runBenchmark } from './registry.ts'
export { reportToText } from './report.ts'
