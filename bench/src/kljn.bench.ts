import { cpus, loadavg } from 'node:os'
import {
  chanceOfCorrelation,
  correlation,
  gaussianSource,
  leakedBits,
  loopState,
  optimalAttack,
  optimalRule,
  partyDecision,
  plainMomentEngine,
  resistiveLine,
  runWishart,
  seededPrng,
  simdMomentEngine,
  symmetricLoop,
} from '@warren/kljn'
import { unsafeSeededRng } from '@warren/primitives/seeded-rng'
import { inTurn, type Measurement, measurement, type Report, type Row } from './harness.ts'
import { ngspicePeer, numpyPeer } from './kljn-peers.ts'
import { machine } from './machine.ts'
import type { Benchmark } from './registry.ts'

const SAMPLES = 10_000_000
const SPICE_STEPS = 20_000
const BITS = 2_000_000

/** `count` things in those milliseconds, as millions a second. */
function rate(name: string, times: Measurement, count: number): Measurement {
  return measurement(
    name,
    'M/s',
    times.samples.map((ms) => count / ms / 1000),
  )
}

const ratio = (a: number, b: number) => `${(a / b).toFixed(1)}×`

export const benchmark: Benchmark = {
  async run({ runs = 7, log }): Promise<Report> {
    const rng = unsafeSeededRng('bench')
    const prng = seededPrng(rng)
    const loop = symmetricLoop({ lowOhms: 1000, highOhms: 9000, line: resistiveLine(200) })
    const state = loopState(loop, 'HL')
    const gaussian = gaussianSource(prng)
    const plain = plainMomentEngine(prng)
    const simd = simdMomentEngine(rng)
    const experiment = { loop, samples: 2000, bits: BITS, mode: 'own-noise' as const, eve: optimalRule(loop) }
    const noise = new Float64Array(1 << 15)
    const numpy = await numpyPeer()
    const ngspice = await ngspicePeer()
    const [load = 0] = loadavg()
    const notes = [
      `Load average at the start ${load.toFixed(1)} on ${cpus().length} cores: above one a core, what is absolute here is too slow.`,
      'numpy draws with PCG64; "by an expert" is chunked, in place, with SFC64 and dot products. One thread everywhere.',
    ]
    if (numpy === undefined) notes.push('No numpy here (Debian: python3-numpy): its rows are empty.')
    if (ngspice === undefined) notes.push('No ngspice here: its row is empty.')
    if (simd === undefined) notes.push('No WebAssembly SIMD here.')
    try {
      log('noise')
      const source = await inTurn<string>(
        {
          plain: () => {
            for (let done = 0; done < SAMPLES; done += noise.length) gaussian.fill(noise)
          },
          ...(numpy === undefined
            ? {}
            : { pcg: () => numpy.run('pcg64', SAMPLES), sfc: () => numpy.run('sfc64', SAMPLES) }),
        },
        { runs },
      )
      log('exchange')
      const exchange = await inTurn<string>(
        {
          plain: () => plain.moments(state, SAMPLES),
          ...(simd === undefined ? {} : { simd: () => simd.moments(state, SAMPLES) }),
          ...(numpy === undefined
            ? {}
            : { whole: () => numpy.run('whole', SAMPLES), chunked: () => numpy.run('chunked', SAMPLES) }),
        },
        { runs },
      )
      log('ngspice')
      const spice =
        ngspice === undefined
          ? undefined
          : (await inTurn({ spice: () => ngspice.run(SPICE_STEPS) }, { runs: Math.min(runs, 3) })).spice
      log('Wishart')
      const wishart = await inTurn({ wishart: () => runWishart(experiment, prng) }, { runs })
      log('closed forms')
      const closed = await inTurn(
        {
          chance: () => chanceOfCorrelation(correlation(loop), 2000),
          davies: () => optimalAttack(loop, 2000),
          leak: () => leakedBits(loop, 2000),
          decision: () => partyDecision(loop, 'alice', 'L', 'own-noise', 50),
        },
        { runs, callsPerRun: 200 },
      )
      const heap = () => process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers
      const before = heap()
      ;(simd ?? plain).moments(state, 100 * SAMPLES)
      const growth = (heap() - before) / 2 ** 20
      notes.push(
        `Memory: 1e9 samples through the exchange changed heap and buffers by ${growth.toFixed(1)} MiB.`,
      )
      return {
        schema: 'warren.bench/1',
        name: 'kljn',
        machine: machine(),
        rows: rows({ source, exchange, spice, wishart: wishart.wishart, closed }),
        notes,
      }
    } finally {
      numpy?.stop()
      await ngspice?.stop()
    }
  },
}

interface Times {
  source: Record<string, Measurement>
  exchange: Record<string, Measurement>
  spice: Measurement | undefined
  wishart: Measurement
  closed: Record<string, Measurement>
}

function rows({ source, exchange, spice, wishart, closed }: Times): Row[] {
  const { simd, plain, whole, chunked } = exchange as Record<string, Measurement | undefined>
  const best = simd ?? plain
  if (plain === undefined || best === undefined) throw new Error('the exchange was not measured')
  const spiceRate = spice === undefined ? undefined : rate('ngspice', spice, SPICE_STEPS)
  const exchangeRate = rate('exchange', best, SAMPLES)
  const made: Row[] = []
  const numbers = source['plain']
  if (numbers === undefined) throw new Error('the noise was not measured')
  for (const [key, name] of [
    ['pcg', 'numpy PCG64'],
    ['sfc', 'numpy SFC64'],
  ] as const) {
    const peer = source[key]
    made.push({
      name: 'Gaussian numbers, plain JavaScript',
      measured: rate('plain', numbers, SAMPLES),
      ...(peer === undefined
        ? {}
        : {
            peer: { name, measured: rate(name, peer, SAMPLES) },
            goal: {
              text: `≥ numpy (${ratio(peer.median, numbers.median)})`,
              met: numbers.median <= peer.median,
            },
          }),
    })
  }
  made.push({
    name: 'exchange, 1e7 samples, 6 moments, SIMD f32',
    measured: best,
    goal: { text: '≤ 100 ms', met: best.median <= 100 },
    ...(chunked === undefined ? {} : { peer: { name: 'numpy by an expert', measured: chunked } }),
  })
  if (whole !== undefined)
    made.push({
      name: 'the same',
      measured: best,
      peer: { name: 'numpy whole-array', measured: whole },
      goal: {
        text: `≥ 3 times numpy (${ratio(whole.median, best.median)})`,
        met: whole.median >= 3 * best.median,
      },
    })
  made.push({ name: 'exchange, 1e7 samples, plain f64', measured: plain })
  if (spiceRate !== undefined)
    made.push({
      name: 'resistive circuit, time steps',
      measured: exchangeRate,
      peer: { name: 'ngspice', measured: spiceRate },
      goal: {
        text: `≥ 1000 times ngspice (${ratio(exchangeRate.median, spiceRate.median)})`,
        met: exchangeRate.median >= 1000 * spiceRate.median,
      },
    })
  const exchanges = rate('wishart', wishart, BITS)
  made.push({
    name: 'bit exchanges by Wishart, N = 2000',
    measured: exchanges,
    goal: { text: '≥ 10 M/s', met: exchanges.median >= 10 },
  })
  const names: Record<string, string> = {
    chance: 'closed form: p by the incomplete beta',
    davies: 'closed form: optimal test by Davies',
    leak: 'closed form: I(bit; Eve)',
    decision: 'closed form: error by own noise',
  }
  for (const [key, times] of Object.entries(closed))
    made.push({
      name: names[key] ?? key,
      measured: times,
      goal: { text: '< 1 ms', met: times.median < 1 },
    })
  return made
}
