import { IdentityError } from '@warren/identity'
import { WarrenError } from '@warren/primitives/errors'
import { DecodeError } from '@warren/primitives/wire'
import type { FastifyInstance } from 'fastify'
import { VaultError, type VaultErrorCode } from '../protocol/index.ts'
import { isDiskFull } from './disk-full.ts'

interface Answer {
  status: number
  code: VaultErrorCode
  message: string
}

function answer(code: VaultErrorCode, message: string): Answer {
  return { code, message, status: new VaultError(code, message).status }
}

/** What a client is told. Nothing of the service's inside: no stack, no path, no cause. */
export function answerTo(error: unknown): Answer {
  if (error instanceof VaultError) {
    // The log rules are the client's too, and there say that the service lies. Here it is the caller.
    if (error.code === 'vault/log') return answer('vault/forbidden', error.message)
    return { code: error.code, message: error.message, status: error.status }
  }
  if (error instanceof DecodeError) return answer('vault/bad-request', error.message)
  if (error instanceof IdentityError) {
    if (error.code === 'identity/replay-cache-full') return answer('vault/busy', error.message)
    if (error.code === 'identity/name') return answer('vault/name', error.message)
    return answer('vault/unauthenticated', error.message)
  }
  if (isDiskFull(error)) return answer('vault/disk-full', 'the disk of the vault is full')
  // The re-encryption package's refusals: a wrong capsule, key or proof.
  if (error instanceof WarrenError && error.kind !== 'bug')
    return answer('vault/bad-request', 'a key, capsule or proof does not verify')
  if (error instanceof RangeError || error instanceof TypeError)
    return isSent(error) ? answer('vault/bad-request', 'malformed request') : internal()
  return ofHttp(error)
}

/** Fastify's own: schema validation, body limits, unknown media types. */
function ofHttp(error: unknown): Answer {
  const { statusCode, validation } = (error ?? {}) as { statusCode?: unknown; validation?: unknown }
  if (validation !== undefined) return answer('vault/bad-request', 'the document does not fit its schema')
  if (statusCode === 413) return answer('vault/too-large', 'the request is too large')
  if (statusCode === 404) return answer('vault/not-found', 'there is no such thing')
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500)
    return answer('vault/bad-request', 'malformed request')
  return internal()
}

const isSent = (error: Error) => 'statusCode' in error

function internal(): Answer {
  return { status: 500, code: 'vault/state', message: 'the vault failed at this: its log says more' }
}

export function answerErrors(app: FastifyInstance, onInternal: (error: unknown) => void): void {
  app.setErrorHandler(async (error, _request, reply) => {
    const { status, code, message } = answerTo(error)
    if (status === 500) onInternal(error)
    if (reply.raw.headersSent) {
      reply.raw.destroy()
      return reply
    }
    // What is left of a refused body is not read to its end.
    if (status >= 400 && reply.request.raw.readableEnded === false) reply.header('connection', 'close')
    return reply.code(status).type('application/json').send({ code, message })
  })
  app.setNotFoundHandler(async (_request, reply) =>
    reply.code(404).send({ code: 'vault/not-found', message: 'there is no such route' }),
  )
}
