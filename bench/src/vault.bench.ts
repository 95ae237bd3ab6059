import { spawnSync } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { systemRng } from '@warren/primitives/rng'
import { fsyncRate } from './fsync-rate.ts'
import { measurement, type Report, type Row } from './harness.ts'
import { machine } from './machine.ts'
import { type Finished, run, type Service, start, WARREN } from './processes.ts'
import type { Benchmark } from './registry.ts'

const PLAIN = fileURLToPath(new URL('./plain-put.ts', import.meta.url))
const MIB = 2 ** 20
const LARGE_MIB = Number(process.env['WARREN_BENCH_LARGE_MIB'] ?? 4096)
const FOLDERS = 100
const FILES_PER_FOLDER = 100
const SMALL_BYTES = 4096
const MEMORY_GOAL_MIB = 200
const THROUGHPUT_GOAL = 0.6

/** A vault process, and clients of it in homes of their own. */
class Bench {
  readonly directory: string
  server!: Service
  url = ''
  #link = ''

  constructor(directory: string) {
    this.directory = directory
  }

  async open(): Promise<void> {
    const args = [
      WARREN,
      'serve',
      '--listen',
      '127.0.0.1:0',
      '--data',
      join(this.directory, 'data'),
      '--json',
    ]
    this.server = await start(process.execPath, args, /^\{.*\}$/)
    const ready = JSON.parse(this.server.line[0]) as { url: string; link: string }
    this.url = ready.url
    this.#link = ready.link
    await this.warren('Alice', 'init', this.#link, '--name', 'Alice', '--unprotected')
  }

  warren(who: string, ...args: string[]): Promise<Finished> {
    return run(process.execPath, [WARREN, ...args], { WARREN_HOME: join(this.directory, who), NO_COLOR: '1' })
  }

  async join(name: string): Promise<void> {
    const { link } = JSON.parse((await this.warren('Alice', 'invite', '--json')).stdout) as { link: string }
    await this.warren(name, 'join', link, '--name', name, '--unprotected')
  }
}

async function randomFile(path: string, mebibytes: number): Promise<void> {
  const block = systemRng.bytes(16 * MIB)
  let left = mebibytes
  const blocks = function* () {
    for (; left > 0; left -= 16) {
      // Different in every block: nothing on the way may gain from blocks that are alike.
      block.set(systemRng.bytes(64))
      yield Uint8Array.from(block.subarray(0, Math.min(16, left) * MIB))
    }
  }
  await pipeline(Readable.from(blocks()), createWriteStream(path))
}

async function smallFiles(directory: string): Promise<void> {
  for (let folder = 0; folder < FOLDERS; folder++) {
    const path = join(directory, `folder ${folder}`)
    await mkdir(path, { recursive: true })
    for (let file = 0; file < FILES_PER_FOLDER; file++)
      await writeFile(join(path, `file ${file}`), systemRng.bytes(SMALL_BYTES))
  }
}

async function settle(): Promise<void> {
  spawnSync('sync')
}

async function largeFile(bench: Bench, runs: number, log: (line: string) => void): Promise<Row[]> {
  const { directory } = bench
  const path = join(directory, 'large')
  log(`writing a file of ${LARGE_MIB} MiB`)
  await randomFile(path, LARGE_MIB)
  const plainFile = join(directory, 'plain')
  const plain = await start(process.execPath, [PLAIN, 'serve', plainFile], /^listening (\d+)/)
  const plainUrl = `http://127.0.0.1:${plain.line[1]}/`
  const rate = (finished: Finished) => LARGE_MIB / (finished.ms / 1000)
  const rates = {
    put: [] as number[],
    plainPut: [] as number[],
    get: [] as number[],
    plainGet: [] as number[],
  }
  const peaks = { put: [] as number[], get: [] as number[] }
  await bench.warren('Alice', 'mkdir', 'large')
  for (let i = 0; i < runs; i++) {
    log(`large file, run ${i + 1} of ${runs}`)
    await settle()
    rates.plainPut.push(rate(await run(process.execPath, [PLAIN, 'put', plainUrl, path])))
    await settle()
    const put = await bench.warren('Alice', 'put', path, `large/file ${i}`)
    await settle()
    rates.plainGet.push(
      rate(await run(process.execPath, [PLAIN, 'get', plainUrl, join(directory, 'back-plain')])),
    )
    await settle()
    const got = await bench.warren('Alice', 'get', `large/file ${i}`, join(directory, `back ${i}`))
    await run('cmp', [path, join(directory, `back ${i}`)])
    rates.put.push(rate(put))
    rates.get.push(rate(got))
    peaks.put.push(put.peakMiB)
    peaks.get.push(got.peakMiB)
    for (const file of [`back ${i}`, 'back-plain']) await rm(join(directory, file))
  }
  await plain.stop()
  await rm(path)
  await rm(plainFile)
  const speed = (name: string, mine: number[], peer: number[]): Row => {
    const measured = measurement(name, 'MiB/s', mine)
    const other = measurement('plain', 'MiB/s', peer)
    const ratio = measured.median / other.median
    return {
      name: `${name} ${LARGE_MIB} MiB`,
      measured,
      peer: { name: 'plain Node HTTP', measured: other },
      goal: { text: `≥ ${THROUGHPUT_GOAL} of it: ${ratio.toFixed(2)}`, met: ratio >= THROUGHPUT_GOAL },
    }
  }
  const memory = (name: string, samples: number[]): Row => {
    const measured = measurement(name, 'MiB', samples)
    const goal = { text: `under ${MEMORY_GOAL_MIB} MiB`, met: measured.max < MEMORY_GOAL_MIB }
    return { name, measured, goal }
  }
  return [
    speed('put', rates.put, rates.plainPut),
    speed('get', rates.get, rates.plainGet),
    memory('peak memory of the client, put', peaks.put),
    memory('peak memory of the client, get', peaks.get),
    memory('peak memory of the service', [bench.server.peakMiB()]),
  ]
}

async function manyFiles(bench: Bench, runs: number, log: (line: string) => void): Promise<Row[]> {
  const { directory } = bench
  const tree = join(directory, 'tree')
  log(`writing ${FOLDERS * FILES_PER_FOLDER} files`)
  await smallFiles(tree)
  const hasRestic = spawnSync('restic', ['version']).status === 0
  const env = { RESTIC_PASSWORD: 'benchmark', RESTIC_CACHE_DIR: join(directory, 'restic-cache') }
  const samples = {
    put: [] as number[],
    get: [] as number[],
    backup: [] as number[],
    restore: [] as number[],
  }
  for (let i = 0; i < runs; i++) {
    log(`many files, run ${i + 1} of ${runs}`)
    const back = join(directory, `tree back ${i}`)
    await bench.warren('Alice', 'mkdir', `tree ${i}`)
    await settle()
    samples.put.push((await bench.warren('Alice', 'put', tree, `tree ${i}/`)).ms)
    if (hasRestic) {
      const repository = join(directory, `restic ${i}`)
      await run('restic', ['init', '-q', '-r', repository], env)
      await settle()
      samples.backup.push((await run('restic', ['backup', '-q', '-r', repository, tree], env)).ms)
      await settle()
      samples.restore.push(
        (
          await run(
            'restic',
            ['restore', '-q', '-r', repository, 'latest', '--target', `${back} restic`],
            env,
          )
        ).ms,
      )
    }
    await settle()
    samples.get.push((await bench.warren('Alice', 'get', `tree ${i}/tree`, back)).ms)
    // Not deleted until the end: ext4 looks twice at inodes that were freed in the last minute, and so would the next run.
    await run('diff', ['-r', tree, back])
  }
  const row = (name: string, mine: number[], peer: number[], peerName: string): Row => {
    const measured = measurement(name, 'ms', mine)
    if (peer.length === 0) return { name, measured, peer: { name: peerName, quoted: 'is not installed' } }
    const other = measurement(peerName, 'ms', peer)
    const goal = { text: 'no slower', met: measured.median <= other.median }
    return { name, measured, peer: { name: peerName, measured: other }, goal }
  }
  return [
    row('put 10 000 files of 4 KiB', samples.put, samples.backup, 'restic backup'),
    row('get 10 000 files of 4 KiB', samples.get, samples.restore, 'restic restore'),
  ]
}

const FRIENDS = ['Bob', 'Carol', 'Dave', 'Erin', 'Frank', 'Grace', 'Heidi', 'Ivan', 'Judy']

async function sharing(bench: Bench, log: (line: string) => void): Promise<Row[]> {
  await bench.warren('Alice', 'mkdir', 'few')
  await bench.warren('Alice', 'put', WARREN, 'few/file')
  for (const friend of FRIENDS) {
    log(`${friend} joins`)
    await bench.join(friend)
  }
  const times = async (space: string) => {
    const samples: number[] = []
    for (const friend of FRIENDS) samples.push((await bench.warren('Alice', 'share', space, friend)).ms)
    return measurement(space, 'ms', samples.slice(4))
  }
  log('sharing with a fifth to a tenth member')
  const few = await times('few')
  const many = await times('tree 0')
  const goal = { text: 'independent of the number of files', met: many.median <= 1.5 * few.median }
  return [
    {
      name: 'share a space of 10 000 files',
      measured: many,
      peer: { name: 'of one file', measured: few },
      goal,
    },
  ]
}

async function startUp(bench: Bench, runs: number): Promise<Row[]> {
  const timed = async (name: string, limit: number, ...args: string[]): Promise<Row> => {
    await bench.warren('Bob', ...args)
    const samples: number[] = []
    for (let i = 0; i < runs; i++) samples.push((await bench.warren('Bob', ...args)).ms)
    const measured = measurement(name, 'ms', samples)
    return { name, measured, goal: { text: `under ${limit} ms`, met: measured.median < limit } }
  }
  return [
    await timed('warren --version', 150, '--version'),
    await timed('warren ls of a small space', 400, 'ls', 'few'),
  ]
}

/** The product from outside: real processes, real files, a real disk. */
export const benchmark: Benchmark = {
  async run({ runs = 3, log }): Promise<Report> {
    const directory = await mkdtemp(join(process.env['WARREN_BENCH_DIR'] ?? tmpdir(), 'warren-bench-'))
    const bench = new Bench(directory)
    try {
      const fsyncs = await fsyncRate(directory)
      await bench.open()
      const large = await largeFile(bench, runs, log)
      const many = await manyFiles(bench, runs, log)
      const shares = await sharing(bench, log)
      const starts = await startUp(bench, 2 * runs + 5)
      return {
        schema: 'warren.bench/1',
        name: 'vault',
        machine: { ...machine(), fsyncsPerSecond: fsyncs },
        rows: [...large, ...many, ...shares, ...starts],
        notes: [
          'The plain peer sends the same bytes with one HTTP PUT to a file and one fsync (GET likewise), unencrypted.',
          'restic works on a local repository, without a server.',
        ],
      }
    } finally {
      await bench.server?.stop().catch(() => undefined)
      await rm(directory, { recursive: true, force: true })
    }
  },
}
