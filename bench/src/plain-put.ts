// The peer of the large-file benchmark, in a process of its own: an HTTP server that writes a PUT to a file, fsyncs it
// once and answers; or, with an address, a client that PUTs a file, or GETs it to another.
import { createReadStream, createWriteStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { createServer, request } from 'node:http'
import { pipeline } from 'node:stream/promises'

const [mode, target = '', path = ''] = process.argv.slice(2)

async function fsyncFile(file: string): Promise<void> {
  const handle = await open(file, 'r+')
  await handle.sync()
  await handle.close()
}

async function receive(incoming: NodeJS.ReadableStream, file: string): Promise<void> {
  await pipeline(incoming, createWriteStream(file))
  await fsyncFile(file)
}

if (mode === 'serve') {
  const server = createServer((incoming, outgoing) => {
    const done =
      incoming.method === 'PUT'
        ? receive(incoming, target).then(() => outgoing.end())
        : pipeline(createReadStream(target), outgoing)
    done.catch(() => outgoing.destroy())
  })
  server.listen(0, '127.0.0.1', () => {
    const address = server.address()
    process.stdout.write(`listening ${typeof address === 'object' ? address?.port : ''}\n`)
  })
  process.on('SIGTERM', () => server.close(() => process.exit(0)))
} else if (mode === 'put') {
  const { size } = await stat(path)
  await new Promise<void>((resolve, reject) => {
    const outgoing = request(target, { method: 'PUT', headers: { 'content-length': size } }, (incoming) => {
      incoming.resume()
      incoming.on('end', resolve)
    })
    outgoing.on('error', reject)
    pipeline(createReadStream(path), outgoing).catch(reject)
  })
} else
  await new Promise<void>((resolve, reject) => {
    request(target, (incoming) => {
      receive(incoming, path).then(resolve, reject)
    })
      .on('error', reject)
      .end()
  })
