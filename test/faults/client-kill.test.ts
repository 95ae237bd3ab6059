import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomBelow } from '@warren/primitives/rng'
import { testRng } from '@warren/testkit/rng'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWarren, type Warren } from './client-spawn.ts'

// With the 25 kills of the server in server-crash.test.ts, a hundred in all.
const KILLS = 75
const MOST_ROUNDS = 60
const FILES_AT_ONCE = 4
const MIB = 1024 * 1024
const rng = testRng('client-kill', 128 * MIB)

let directory: string
let vault: Warren
let url: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'warren-kill-'))
  vault = startWarren(['serve', '--listen', '127.0.0.1:0', '--data', join(directory, 'vault'), '--json'])
  const said = JSON.parse(await vault.line(/^\{/)) as { url: string; link: string }
  url = said.url
  await run('phone', 'init', said.link, '--name', 'Alice', '--device', 'phone', '--unprotected')
  for (const name of ['laptop', 'tablet']) {
    const adding = start('phone', 'device', 'add')
    const link = await adding.line(/^http/)
    await run(name, 'join', link, '--device', name, '--unprotected')
    if ((await adding.ended).code !== 0) throw new Error(`${name} was not let in`)
  }
  await run('phone', 'mkdir', 'Space')
})
afterAll(async () => {
  vault.kill('SIGTERM')
  await vault.ended
  await rm(directory, { recursive: true, force: true })
})

const here = (...names: string[]) => join(directory, ...names)

function start(home: string, ...args: string[]): Warren {
  return startWarren([...args, '--home', here(`home-${home}`)])
}

async function run(home: string, ...args: string[]): Promise<string> {
  const ended = await start(home, ...args).ended
  if (ended.code !== 0) throw new Error(`warren ${args.join(' ')}: exit ${ended.code}: ${ended.stderr}`)
  return ended.stdout
}

/** Runs a command and kills it `afterMs` later, unless it has ended by then; any other failure is one of the test. */
async function runKilled(home: string, afterMs: number, ...args: string[]): Promise<'done' | 'killed'> {
  const warren = start(home, ...args)
  const timer = setTimeout(() => warren.kill('SIGKILL'), afterMs)
  const ended = await warren.ended
  clearTimeout(timer)
  if (ended.signal === 'SIGKILL') return 'killed'
  if (ended.code !== 0) throw new Error(`warren ${args.join(' ')}: exit ${ended.code}: ${ended.stderr}`)
  return 'done'
}

async function makeFolder(name: string): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>()
  await mkdir(here('files', name), { recursive: true })
  for (let n = 0; n < FILES_AT_ONCE; n++) {
    const content = rng.bytes(randomBelow(rng, 40_000))
    files.set(`${name}/${n}`, content)
    await writeFile(here('files', name, String(n)), content)
  }
  return files
}

async function filesBelow(root: string): Promise<Map<string, Uint8Array>> {
  const found = new Map<string, Uint8Array>()
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isFile()) found.set(path.slice(root.length + 1), await readFile(path))
  }
  return found
}

const same = (a: Uint8Array | undefined, b: Uint8Array | undefined) =>
  a !== undefined && b !== undefined && Buffer.compare(a, b) === 0

async function bytesTakenIn(): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text()
  return Number(/^warren_chunk_bytes_in_total (\d+)$/m.exec(text)?.[1] ?? 0)
}

describe('kill −9 of clients', () => {
  it(`keeps what was acknowledged and shows nothing half done, ${KILLS} times at random moments`, async () => {
    await makeFolder('first')
    const began = performance.now()
    await run('phone', 'put', here('files/first'), 'Space/')
    // Three devices at once make each other slower, so that most commands are killed before they end.
    const longestMs = (performance.now() - began) * 1.4
    const moment = () => 30 + randomBelow(rng, Math.ceil(longestMs))

    const sources = new Map<string, Uint8Array>()
    const stored = new Map<string, 'done' | 'killed'>()
    const made = new Map<string, 'done' | 'killed'>()
    const moved = new Map<string, 'done' | 'killed'>()
    let kills = 0
    let ended = 0
    const count = (outcome: 'done' | 'killed') => {
      if (outcome === 'killed') kills++
      else ended++
      return outcome
    }

    async function check(round: number): Promise<void> {
      // The home of the device that was killed last is used at once.
      const target = here(`read-${round}`)
      await run('tablet', 'get', 'Space', target)
      const seen = await filesBelow(target)
      const folders = new Set(await readdir(target))
      for (const [name, outcome] of stored) {
        const there = [...seen.keys()].filter((path) => path.startsWith(`${name}/`))
        if (outcome === 'done') expect(there, `${name}`).toHaveLength(FILES_AT_ONCE)
        // One command, one entry of the log: all of its files or none.
        else expect([0, FILES_AT_ONCE], `${name}`).toContain(there.length)
        for (const path of there) expect(same(seen.get(path), sources.get(path)), `${path}`).toBe(true)
      }
      for (const [name, outcome] of made)
        if (outcome === 'done')
          expect(folders.has(name) || folders.has(`${name} moved`), `${name}`).toBe(true)
      for (const [name, outcome] of moved) {
        const places = [folders.has(name), folders.has(`${name} moved`)]
        if (outcome === 'done') expect(places, `${name}`).toEqual([false, true])
        else expect(places.filter(Boolean), `${name}`).toHaveLength(1)
      }
      await rm(target, { recursive: true })
    }

    async function fetchKilled(round: number): Promise<void> {
      const target = here(`fetched-${round}`)
      count(await runKilled('tablet', moment(), 'get', 'Space', `${target}/`))
      // What stands under its own name is whole; the rest of it waits beside, under another.
      const files = await filesBelow(target).catch(() => new Map<string, Uint8Array>())
      for (const [path, content] of files)
        if (!path.includes('.warren-part')) {
          const source = sources.get(path.replace('Space/', ''))
          if (source !== undefined) expect(same(content, source), `${path}`).toBe(true)
        }
      await rm(target, { recursive: true, force: true })
    }

    let round = 0
    for (; kills < KILLS && round < MOST_ROUNDS; round++) {
      const name = `put ${round}`
      const folder = `made ${round}`
      for (const [path, content] of await makeFolder(name)) sources.set(path, content)
      await Promise.all([
        runKilled('phone', moment(), 'put', here('files', name), 'Space/').then((outcome) =>
          stored.set(name, count(outcome)),
        ),
        (async () => {
          made.set(folder, count(await runKilled('laptop', moment(), 'mkdir', `Space/${folder}`)))
          const last = [...made].findLast(([other, how]) => how === 'done' && !moved.has(other))?.[0]
          if (last !== undefined)
            moved.set(
              last,
              count(await runKilled('laptop', moment(), 'mv', `Space/${last}`, `Space/${last} moved`)),
            )
        })(),
        fetchKilled(round),
      ])
      if (round % 5 === 4) await check(round)
    }
    await check(round)
    await run('laptop', 'verify', 'Space')
    expect(kills).toBeGreaterThanOrEqual(KILLS)
    // The other half of the claim was tried too: commands that ended, and whose work is kept.
    expect(ended).toBeGreaterThan(5)
    // Nor does a killed command leave litter: the next that writes takes it away.
    for (const home of ['phone', 'laptop', 'tablet']) {
      await run(home, 'mkdir', `Space/last of ${home}`)
      const names = await readdir(here(`home-${home}`, 'state'))
      expect(names.filter((name) => name.startsWith('.'))).toEqual([])
    }
  })

  it('an upload that was killed goes on where it was', async () => {
    const content = rng.bytes(96 * MIB + 5)
    await writeFile(here('large'), content)
    const before = await bytesTakenIn()
    const warren = start('phone', 'put', here('large'), 'Space/large')
    while ((await bytesTakenIn()) < before + 41 * MIB) await new Promise((resolve) => setTimeout(resolve, 2))
    warren.kill('SIGKILL')
    expect((await warren.ended).signal).toBe('SIGKILL')
    expect(JSON.parse(await run('phone', 'ls', 'Space', '--json'))).not.toMatchObject({
      entries: expect.arrayContaining([expect.objectContaining({ name: 'large' })]) as unknown,
    })
    await run('phone', 'put', here('large'), 'Space/large')
    // Sent twice: at most what came after the last save of the record, and a batch of which not all is in it.
    expect((await bytesTakenIn()) - before).toBeLessThan(content.length + 25 * MIB)
    await run('laptop', 'get', 'Space/large', here('large back'))
    expect(same(await readFile(here('large back')), content)).toBe(true)
  })
})
