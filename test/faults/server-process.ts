import { openEmbeddedVault } from '@warren/vault/server'

// A vault in a process of its own, for tests that kill it: `node server-process.ts DIRECTORY`. Says where it listens in
// one line of JSON on stdout.
const [directory = ''] = process.argv.slice(2)
const server = await openEmbeddedVault(directory, { threads: 1 })
const url = await server.listen({ host: '127.0.0.1', port: 0 })
process.stdout.write(`${JSON.stringify({ url, link: server.setupLink(url), pid: process.pid })}\n`)
process.once('SIGTERM', () => void server.close())
