import { unsafeSeededRng } from '@warren/primitives/seeded-rng'
import {
  approximatePrefixDistance,
  bestSimulator,
  closed,
  compareSure,
  compose,
  configuration,
  deliver,
  directions,
  distanceAfter,
  machine,
  Program,
  pair,
  prefixDistance,
  runProgram,
  uniform,
} from '@warren/reactive'
import { blindfold, counterexample, hidden, leak } from '@warren/reactive/library'
import { inTurn, measurement, type Report, type Row } from './harness.ts'
import { machine as host } from './machine.ts'
import type { Benchmark } from './registry.ts'

const FIRST = { says: ['1/2', '1/4'], changes: ['1/3', '1/2'] } as const
const SECOND = { says: ['1/2', '3/4'], changes: ['1/2', '1/3'] } as const
const ENTRIES = 16

/** The same distance in WebPPL: views and states are enumerated step by step, the fastest way that we found. */
const WEBPPL = `
var views = function(says, changes, n) {
  if (n === 0) { return Delta({ v: ['', 0] }); }
  var before = views(says, changes, n - 1);
  return Infer({ method: 'enumerate' }, function() {
    var past = sample(before);
    var state = past[1];
    var bit = flip(says[state]) ? '1' : '0';
    return [past[0] + bit, flip(changes[state]) ? 1 - state : state];
  });
};
var P = views([${FIRST.says.join(', ')}], [${FIRST.changes.join(', ')}], ${ENTRIES});
var Q = views([${SECOND.says.join(', ')}], [${SECOND.changes.join(', ')}], ${ENTRIES});
var mass = function(d, v) { return Math.exp(d.score([v, 0])) + Math.exp(d.score([v, 1])); };
sum(map(function(x) { return x[1] === 0 ? Math.abs(mass(P, x[0]) - mass(Q, x[0])) : 0; }, P.support())) / 2`

const both = () => pair(hidden.hiddenTwoStates(FIRST), hidden.hiddenTwoStates(SECOND), 1)

/** A coin, a machine that passes it on and changes its state, and a reader: three activations a round. */
const COINS = new Program(
  closed(
    machine('reader', { ports: ['b?'] }),
    machine('coin', {
      ports: ['clk◁?', 'a!', 'a◁!'],
      on: { 'clk◁?': () => uniform([deliver('a', '0'), deliver('a', '1')]) },
    }),
    machine('relay', {
      ports: ['a?', 'b!', 'b◁!'],
      initial: 0,
      on: { 'a?': ({ state, message }) => ({ to: 1 - state, ...deliver('b', message) }) },
    }),
    machine('nobody', { ports: [] }),
  ),
  1,
  { view: 'nobody' },
)

function steps(count: number): number {
  return runProgram(COINS, { rng: unsafeSeededRng('bench'), activations: count }).executed
}

function counterexampleAt(k: number): void {
  const { CALLER, IDEAL, LISTENER, OUTER, PINGER, REAL } = counterexample
  const [whole, wholePrime] = [compose(OUTER, REAL), compose(OUTER, IDEAL)]
  compareSure(configuration(whole, LISTENER, PINGER), configuration(wholePrime, LISTENER, PINGER), k)
  compareSure(configuration(REAL, CALLER), configuration(IDEAL, CALLER), k)
}

function leakAfter(k: number): number {
  const { INVOKER, LEAKING, LISTENER, TIGHT } = leak
  const compared = pair(configuration(LEAKING, LISTENER, INVOKER), configuration(TIGHT, LISTENER, INVOKER), k)
  return distanceAfter(directions(compared), 2 ** k).toNumber()
}

/** The engine beside WebPPL: exact distances, long runs, and simulators. */
export const benchmark: Benchmark = {
  async run({ runs = 5, log }): Promise<Report> {
    const { default: webppl } = (await import('webppl')) as unknown as { default: typeof import('webppl') }
    let peerValue = Number.NaN
    log(`distance of ${ENTRIES} hidden bits, with WebPPL in turn`)
    const hiddenBits = await inTurn(
      {
        exact: () => prefixDistance(both(), ENTRIES),
        float: () => approximatePrefixDistance(both(), ENTRIES),
        webppl: () =>
          webppl.run<number>(WEBPPL, (_, value) => {
            peerValue = value
          }),
      },
      { runs: Math.min(runs, 3) },
    )
    const ours = prefixDistance(both(), ENTRIES).lower.toNumber()
    log('the rest')
    const times = await inTurn(
      {
        exact20: () => prefixDistance(both(), 20),
        counterexample: () => counterexampleAt(10_000),
        leak: () => leakAfter(20),
        simulator: () => {
          const simulator = blindfold.teller(7)
          return bestSimulator(
            blindfold.fallibleOracle('4/5'),
            blindfold.blindfolded(simulator),
            simulator,
            1,
            { horizon: 7 },
          )
        },
      },
      { runs },
    )
    const count = 2_000_000
    steps(count)
    const rates = Array.from({ length: runs }, () => {
      const started = performance.now()
      return steps(count) / (performance.now() - started) / 1000
    })
    const factor = (by: 'exact' | 'float') => hiddenBits.webppl.median / hiddenBits[by].median
    const agree = Math.abs(ours - peerValue) < 1e-9
    const rate = measurement('steps', 'M/s', rates)
    const rows: Row[] = [
      {
        name: `exact distance, ${ENTRIES} hidden bits`,
        measured: hiddenBits.exact,
        peer: { name: 'WebPPL', measured: hiddenBits.webppl },
        goal: { text: `≥ 40 × (${factor('exact').toFixed(0)} ×)`, met: agree && factor('exact') >= 40 },
      },
      {
        name: `floating-point distance, ${ENTRIES} hidden bits`,
        measured: hiddenBits.float,
        peer: { name: 'WebPPL', measured: hiddenBits.webppl },
        goal: { text: `≥ 200 × (${factor('float').toFixed(0)} ×)`, met: agree && factor('float') >= 200 },
      },
      {
        name: 'exact distance, 20 hidden bits',
        measured: times.exact20,
        goal: { text: '< 1 s', met: times.exact20.median < 1000 },
      },
      {
        name: 'the counterexample at k = 10 000, parts and composed',
        measured: times.counterexample,
        goal: { text: '< 10 ms', met: times.counterexample.median < 10 },
      },
      {
        name: 'interpreter, random choices, no jumps taken',
        measured: rate,
        goal: { text: '≥ 5 M/s', met: rate.median >= 5 },
      },
      {
        name: 'best simulator over 16 384 views, bounds certified',
        measured: times.simulator,
        goal: { text: '< 2 s', met: times.simulator.median < 2000 },
      },
      {
        name: 'a leak of 2^{-20} after 2^20 entries, exactly',
        measured: times.leak,
        goal: { text: '< 1 s', met: times.leak.median < 1000 },
      },
    ]
    return {
      schema: 'warren.bench/1',
      name: 'reactive',
      machine: host(),
      rows,
      notes: [
        `Distance of ${ENTRIES} bits: engine ${ours.toPrecision(12)}, WebPPL ${peerValue.toPrecision(12)}. WebPPL’s time includes compiling the program.`,
        'PRISM is not measured: there is no model for it here.',
      ],
    }
  },
}
