import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import {
  ChunkFetchRequest,
  chunkIds,
  MissingChunks,
  mayWrite,
  type SpaceId,
  spaceIds,
  VaultError,
} from '../../protocol/index.ts'
import { deviceOf } from '../authentication.ts'
import { blobIdFrom } from '../blobs/blobs.ts'
import { type IndexedChunk, indexBatch } from '../blobs/chunk-batch.ts'
import type { Service } from '../service.ts'
import { bytesOfRuns, runsOf, writeRuns } from './chunk-runs.ts'
import { readableSpace } from './logs.ts'
import { byteRange } from './parameters.ts'

interface InSpace {
  Params: { id: string }
}
interface OneChunk {
  Params: { id: string; chunk: string }
}

const BATCH_TYPE = 'application/vnd.warren.chunks'
const CHUNK_TYPE = 'application/octet-stream'

/** /v1/spaces/{id}/chunks…: streams, whatever their size */
export function chunkRoutes(app: FastifyInstance, service: Service): void {
  const { store, blobs, quota, limits, clock, rng, metrics } = service
  // Whatever is sent here is sealed: no parser looks at it.
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload))

  function writableSpace(request: FastifyRequest<InSpace>): SpaceId {
    const { account } = deviceOf(request)
    const space = readableSpace(service, spaceIds.parse(request.params.id), account)
    if (!mayWrite(space, account)) throw new VaultError('vault/forbidden', 'no right to write in this space')
    return space.id
  }
  const readable = (request: FastifyRequest<InSpace>): SpaceId =>
    readableSpace(service, spaceIds.parse(request.params.id), deviceOf(request).account).id

  /** Body to blob to rows, in this order; what was there already keeps its first bytes. */
  async function take(
    request: FastifyRequest,
    space: SpaceId,
    limitBytes: number,
    index: (source: AsyncIterable<Uint8Array>, found: IndexedChunk[]) => AsyncIterable<Uint8Array>,
  ): Promise<void> {
    const isAnnounced = request.headers['content-length'] !== undefined
    const announced = Number(request.headers['content-length'] ?? 0)
    if (announced > limitBytes)
      throw new VaultError('vault/too-large', `more than ${limitBytes} bytes at once`)
    // A body of no announced length takes what a body may have.
    const reserved = isAnnounced ? announced : limitBytes
    quota.reserve(reserved)
    try {
      const blob = blobIdFrom(rng.bytes(16))
      const found: IndexedChunk[] = []
      const bytes = await blobs.put(blob, index(bodyOf(request), found), limitBytes)
      try {
        const rows = found.map((chunk) => ({ ...chunk, blob }))
        const added = await store.transact((tables) => tables.chunks.add(space, rows, clock.now()))
        if (added.chunks === 0) await blobs.delete(blob)
        quota.add(added.bytes)
      } catch (error) {
        await blobs.delete(blob).catch(() => undefined)
        throw error
      }
      metrics.count('chunk_bytes_in', 'Bytes of chunks taken in.', bytes)
    } finally {
      quota.release(reserved)
    }
  }

  app.put<OneChunk>(
    '/v1/spaces/:id/chunks/:chunk',
    {
      config: { sealedBody: true, repeatable: true },
      schema: { summary: 'One chunk; idempotent; answers when it is durable', consumes: [CHUNK_TYPE] },
    },
    async (request, reply) => {
      const space = writableSpace(request)
      const id = chunkIds.parse(request.params.chunk)
      if ((await store.view.chunks.find(space, id)) !== undefined) {
        for await (const _piece of bodyOf(request)) {
          // Read to its end, so that the connection can be used again.
        }
        return reply.code(200).send({})
      }
      await take(request, space, limits.chunkBytes, async function* (source, found) {
        let length = 0
        for await (const piece of source) {
          length += piece.length
          yield piece
        }
        found.push({ id, offset: 0, length })
      })
      return reply.code(201).send({})
    },
  )

  app.post<InSpace>(
    '/v1/spaces/:id/chunks',
    {
      config: { sealedBody: true, repeatable: true },
      schema: { summary: 'Many small chunks in one body', consumes: [BATCH_TYPE] },
    },
    async (request, reply) => {
      const space = writableSpace(request)
      await take(request, space, limits.batchBytes, (source, found) =>
        indexBatch(source, found, limits.chunkBytes),
      )
      return reply.code(201).send({})
    },
  )

  const schema = { summary: 'One chunk, whole or a range of it', produces: [CHUNK_TYPE] }
  async function describe(request: FastifyRequest<OneChunk>, reply: FastifyReply) {
    const place = await store.view.chunks.find(readable(request), chunkIds.parse(request.params.chunk))
    if (place === undefined) throw new VaultError('vault/not-found', 'there is no such chunk')
    const range = byteRange(request.headers.range, place.length)
    void reply.type(CHUNK_TYPE).header('accept-ranges', 'bytes').header('cache-control', 'private, immutable')
    if (range === undefined) return { place, from: 0, length: place.length }
    const last = range.from + range.length - 1
    void reply.code(206).header('content-range', `bytes ${range.from}-${last}/${place.length}`)
    return { place, ...range }
  }
  app.head<OneChunk>('/v1/spaces/:id/chunks/:chunk', { schema }, async (request, reply) => {
    const { length } = await describe(request, reply)
    return reply.header('content-length', length).send()
  })
  app.get<OneChunk>(
    '/v1/spaces/:id/chunks/:chunk',
    { schema, exposeHeadRoute: false },
    async (request, reply) => {
      const { place, from, length } = await describe(request, reply)
      metrics.count('chunk_bytes_out', 'Bytes of chunks given out.', length)
      return reply
        .header('content-length', length)
        .send(Readable.from(blobs.read(place.blob, place.offset + from, length), { objectMode: false }))
    },
  )

  app.post<InSpace & { Body: ChunkFetchRequest }>(
    '/v1/spaces/:id/chunks/fetch',
    {
      config: { repeatable: true },
      schema: { summary: 'Chunks by id, as a batch', body: ChunkFetchRequest, produces: [BATCH_TYPE] },
    },
    async (request, reply) => {
      const wanted = [...new Set(request.body.chunks.map((id) => chunkIds.parse(id)))]
      const places = await store.view.chunks.findAll(readable(request), wanted)
      if (places.size < wanted.length)
        throw new VaultError(
          'vault/not-found',
          `${wanted.length - places.size} of these chunks are not there`,
        )
      const runs = runsOf(places)
      const bytes = bytesOfRuns(runs)
      if (bytes > limits.batchBytes)
        throw new VaultError('vault/too-large', `more than ${limits.batchBytes} bytes: ask for fewer`)
      metrics.count('chunk_bytes_out', 'Bytes of chunks given out.', bytes)
      return reply
        .type(BATCH_TYPE)
        .header('content-length', bytes)
        .send(Readable.from(writeRuns(runs, blobs), { objectMode: false }))
    },
  )

  app.post<InSpace & { Body: ChunkFetchRequest }>(
    '/v1/spaces/:id/chunks/missing',
    {
      config: { repeatable: true },
      schema: {
        summary: 'Which of these chunks are not there',
        body: ChunkFetchRequest,
        response: { 200: MissingChunks },
      },
    },
    async (request) => {
      const wanted = request.body.chunks.map((id) => chunkIds.parse(id))
      const places = await store.view.chunks.findAll(readable(request), wanted)
      return { missing: wanted.filter((id) => !places.has(id)) }
    },
  )
}

function bodyOf(request: FastifyRequest): AsyncIterable<Uint8Array> {
  return request.body instanceof Readable ? request.body : Readable.from([])
}
