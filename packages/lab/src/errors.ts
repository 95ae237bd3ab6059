import { type ErrorKind, WarrenError } from '@warren/primitives/errors'

export type LabErrorCode =
  | 'lab/unknown-scenario'
  | 'lab/unknown-collection'
  | 'lab/parameter'
  | 'lab/cancelled'

const KIND: Record<LabErrorCode, ErrorKind> = {
  'lab/unknown-scenario': 'not-found',
  'lab/unknown-collection': 'not-found',
  'lab/parameter': 'usage',
  'lab/cancelled': 'cancelled',
}

export class LabError extends WarrenError<LabErrorCode> {
  constructor(code: LabErrorCode, message: string, options?: { cause?: unknown }) {
    super(code, KIND[code], message, options)
    this.name = 'LabError'
  }
}
