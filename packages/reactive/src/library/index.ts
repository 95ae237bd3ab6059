export * as counterexample from './counterexample.ts'
