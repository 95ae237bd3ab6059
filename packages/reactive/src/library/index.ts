export * as channel from './channel.ts'
export * as counterexample from './counterexample.ts'
export * as hidden from './hidden.ts'
export * as leak from './leak.ts'
