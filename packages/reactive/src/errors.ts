import { type ErrorKind, WarrenError } from '@warren/primitives/errors'

export type ReactiveErrorCode =
  | 'reactive/number'
  | 'reactive/port-notation'
  | 'reactive/duplicate-port'
  | 'reactive/duplicate-machine'
  | 'reactive/dangling-port'
  | 'reactive/no-master-scheduler'
  | 'reactive/two-master-schedulers'
  | 'reactive/not-simple'
  | 'reactive/probabilities'
  | 'reactive/undeclared-port'
  | 'reactive/undeclared-counter'
  | 'reactive/message'
  | 'reactive/state'
  | 'reactive/unknown-machine'
  | 'reactive/service-ports'
  | 'reactive/forbidden-port'
  | 'reactive/not-composable'
  | 'reactive/clock-index'
  | 'reactive/several-clocks'
  | 'reactive/budget'
  | 'reactive/unbounded-state'
  | 'reactive/not-uniform'
  | 'reactive/solver'

const KIND: Partial<Record<ReactiveErrorCode, ErrorKind>> = {
  'reactive/unknown-machine': 'not-found',
  'reactive/solver': 'bug',
}

/** What a model breaks, with the machine and port by name; or the budget that a measurement would exceed. */
export class ReactiveError extends WarrenError<ReactiveErrorCode> {
  constructor(code: ReactiveErrorCode, message: string, options?: { cause?: unknown }) {
    super(code, KIND[code] ?? 'bad-input', message, options)
    this.name = 'ReactiveError'
  }
}
