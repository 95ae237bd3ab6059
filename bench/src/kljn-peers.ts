import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'

/** Answers each line with one, when it is done; so that starting Python is not measured. */
const NUMPY = `
import sys, numpy
from numpy.random import Generator, PCG64, SFC64
pcg, sfc = Generator(PCG64(1)), Generator(SFC64(1))
H, L, C = 9000.0, 1000.0, 200.0
S = H + L + C
a, b = H ** 0.5, L ** 0.5

def moments(ea, eb):
    i = (ea - eb) / S
    ua = ea - i * H
    ub = eb + i * L
    return [(x * y).sum() for x, y in ((ua, ua), (ub, ub), (ua, ub), (ua, i), (ub, i), (i, i))]

def whole(n):
    return moments(pcg.standard_normal(n) * a, pcg.standard_normal(n) * b)

def chunked(n, size=1 << 15):
    x, y = numpy.empty(size), numpy.empty(size)
    i, ua, ub = numpy.empty(size), numpy.empty(size), numpy.empty(size)
    total = numpy.zeros(6)
    for start in range(0, n, size):
        m = min(size, n - start)
        ea, eb, ic, u, w = x[:m], y[:m], i[:m], ua[:m], ub[:m]
        sfc.standard_normal(out=ea)
        sfc.standard_normal(out=eb)
        ea *= a
        eb *= b
        numpy.subtract(ea, eb, out=ic)
        ic *= 1 / S
        numpy.multiply(ic, -H, out=u)
        u += ea
        numpy.multiply(ic, L, out=w)
        w += eb
        total += (u @ u, w @ w, u @ w, u @ ic, w @ ic, ic @ ic)
    return total

jobs = {'pcg64': lambda n: pcg.standard_normal(n), 'sfc64': lambda n: sfc.standard_normal(n), 'whole': whole, 'chunked': chunked}
print(numpy.__version__, flush=True)
for line in sys.stdin:
    name, n = line.split()
    jobs[name](int(n))
    print('done', flush=True)
`

export interface NumpyPeer {
  version: string
  run(job: 'pcg64' | 'sfc64' | 'whole' | 'chunked', samples: number): Promise<void>
  stop(): void
}

/** Undefined where there is no Python with numpy. Debian's is tried first: its path is fixed. */
export async function numpyPeer(): Promise<NumpyPeer | undefined> {
  const python = ['/usr/bin/python3', 'python3'].find(
    (name) => spawnSync(name, ['-c', 'import numpy']).status === 0,
  )
  if (python === undefined) return undefined
  const child: ChildProcess = spawn(python, ['-c', NUMPY], {
    stdio: ['pipe', 'pipe', 'inherit'],
    // one thread each: what is compared is the work of one core
    env: { ...process.env, OPENBLAS_NUM_THREADS: '1', OMP_NUM_THREADS: '1' },
  })
  const { stdin, stdout } = child
  if (stdin === null || stdout === null) return undefined
  const lines = createInterface({ input: stdout })[Symbol.asyncIterator]()
  const answer = async () => {
    const { value, done } = await lines.next()
    if (done === true) throw new Error('the numpy process ended early')
    return value
  }
  const version = await answer()
  return {
    version,
    async run(job, samples) {
      stdin.write(`${job} ${samples}\n`)
      await answer()
    },
    stop: () => void stdin.end(),
  }
}

const NGSPICE: string = 'ngspice'

export interface NgspicePeer {
  version: string
  /** The resistive loop with two TRNOISE sources, so many time steps. */
  run(steps: number): Promise<void>
  stop(): Promise<void>
}

export async function ngspicePeer(): Promise<NgspicePeer | undefined> {
  const asked = spawnSync(NGSPICE, ['--version'], { encoding: 'utf8' })
  if (asked.status !== 0) return undefined
  const folder = await mkdtemp(join(tmpdir(), 'warren-bench-'))
  return {
    version: /ngspice-([\d.]+)/.exec(asked.stdout)?.[1] ?? 'unknown',
    async run(steps) {
      const netlist = join(folder, 'loop.cir')
      const lines = [
        'KLJN loop, resistive',
        'VA a 0 dc 0 trnoise(95m 1u 0 0)',
        'RA a x 9k',
        'RC x y 200',
        'RB y b 1k',
        'VB b 0 dc 0 trnoise(32m 1u 0 0)',
        '.control',
        `tran 1u ${steps}u`,
        'quit',
        '.endc',
        '.end',
      ]
      await writeFile(netlist, `${lines.join('\n')}\n`)
      await promisify(execFile)(NGSPICE, ['-b', netlist], { maxBuffer: 2 ** 26 })
    },
    stop: () => rm(folder, { recursive: true, force: true }),
  }
}
