import { type ErrorKind, WarrenError } from '@warren/primitives/errors'

export type LabErrorCode =
  | 'lab/unknown-scenario'
  | 'lab/unknown-collection'
  | 'lab/parameter'
  | 'lab/cancelled'
  | 'lab/needs-network'
  | 'lab/public-network'
  | 'lab/missing-program'
  | 'lab/program'

const KIND: Record<LabErrorCode, ErrorKind> = {
  'lab/unknown-scenario': 'not-found',
  'lab/unknown-collection': 'not-found',
  'lab/parameter': 'usage',
  'lab/cancelled': 'cancelled',
  'lab/needs-network': 'usage',
  'lab/public-network': 'usage',
  'lab/missing-program': 'not-found',
  'lab/program': 'bug',
}

export class LabError extends WarrenError<LabErrorCode> {
  constructor(code: LabErrorCode, message: string, options?: { cause?: unknown }) {
    super(code, KIND[code], message, options)
    this.name = 'LabError'
  }
}
