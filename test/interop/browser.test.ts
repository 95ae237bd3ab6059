import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { describeWithTools } from '@warren/testkit/tools-node'
import { type Browser, chromium } from 'playwright-core'
import { type OutputChunk, rolldown } from 'rolldown'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { compute } from './browser-compute.ts'

const PAGE =
  '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><script type="module" src="/browser-page.js"></script>'
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** The page and what it imports, under the portable conditions of the packages' exports. */
async function bundlePage(): Promise<OutputChunk[]> {
  const bundle = await rolldown({
    input: {
      'browser-page': fileURLToPath(new URL('browser-page.ts', import.meta.url)),
      'batch-worker-web': fileURLToPath(import.meta.resolve('@warren/reencryption/batch-worker-web')),
    },
    platform: 'browser',
    // highs asks for node:module where it finds itself in Node, and nowhere else.
    external: ['node:module'],
  })
  const { output } = await bundle.generate({ format: 'esm', entryFileNames: '[name].js' })
  await bundle.close()
  return output.filter((part): part is OutputChunk => part.type === 'chunk')
}

describeWithTools(['chromium'], 'in a browser', () => {
  let chunks: OutputChunk[]
  let server: Server
  let browser: Browser
  const asked: string[] = []
  beforeAll(async () => {
    chunks = await bundlePage()
    const files = new Map(chunks.map((chunk) => [`/${chunk.fileName}`, chunk.code]))
    server = createServer((request, response) => {
      const script = files.get(request.url ?? '')
      asked.push(request.url ?? '')
      response.setHeader('content-type', script === undefined ? 'text/html' : 'text/javascript')
      response.end(script ?? PAGE)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: FLAGS })
  })
  afterAll(async () => {
    await browser.close()
    server.close()
  })

  it('imports no Node module of ours', () => {
    const imported = chunks.flatMap((chunk) => [...chunk.imports, ...chunk.dynamicImports])
    expect(imported.filter((name) => name.startsWith('node:') && name !== 'node:module')).toEqual([])
  })

  it('re-encryption, primitives, the reactive engine and the noise model give what they give in Node', async () => {
    const page = await browser.newPage()
    const complaints: string[] = []
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text())
    })
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
    await page.waitForFunction('globalThis.computed ?? globalThis.failed', undefined, { timeout: 120_000 })
    expect(await page.evaluate('globalThis.failed')).toBeUndefined()
    expect(await page.evaluate('globalThis.computed')).toEqual(await compute())
    // Batches of both suites went through web workers.
    const batch = '39 opened, 1 refused, 0 wrong'
    expect(await page.evaluate('globalThis.batches')).toEqual({ 'cai-liu': batch, split: batch })
    expect(complaints).toEqual([])
    // The pairing library was loaded as quick WebAssembly, not as its fallback.
    expect(asked.some((url) => url.includes('pairing-mcl'))).toBe(true)
  })
})
