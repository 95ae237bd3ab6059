import {
  type Closed,
  choose,
  closed,
  counter,
  type Distribution,
  type Machine,
  machine,
  Rational,
  type Reaction,
} from '../src/index.ts'
import { fraction } from '../src/model/rational.ts'

/** One branch of a table: probability in quarters, next state, messages by connection, and a clock-out with its index. */
interface Row {
  quarters: number
  to: number
  send: Record<string, string>
  clock: [name: string, index: number] | null
}

/** A small model as a table, so that three programs can read it: the engine, a naive enumeration, and WebPPL. */
export interface TableModel {
  /** Activations of the master scheduler. */
  rounds: number
  /** By machine, then by `state|port|message`. */
  tables: Record<'X' | 'M' | 'H', Record<string, Row[]>>
}

const PORTS = {
  X: ['clk◁?', 'go!', 'go◁!', 'say!', 'say◁!', 'slow◁!'],
  M: ['go?', 'ask?', 'fast!', 'fast◁!', 'slow!'],
  H: ['say?', 'fast?', 'slow?', 'ask!', 'ask◁!'],
} as const

/** Draws a model. X speaks to M or H, or schedules what M left behind; M answers at once or leaves it; H may ask M. */
export function randomModel(below: (bound: number) => number): TableModel {
  const pick = <T>(values: readonly T[]): T => values[below(values.length)] as T
  const branches = (draw: () => Omit<Row, 'quarters'>): Row[] => {
    const first = 1 + below(4)
    return first === 4
      ? [{ quarters: 4, ...draw() }]
      : [
          { quarters: first, ...draw() },
          { quarters: 4 - first, ...draw() },
        ]
  }
  const bit = () => below(2)
  const table = (inputs: readonly string[], draw: () => Omit<Row, 'quarters'>): Record<string, Row[]> =>
    Object.fromEntries([0, 1].flatMap((s) => inputs.map((input) => [`${s}|${input}`, branches(draw)])))
  const silent = { send: {}, clock: null }
  return {
    rounds: 3,
    tables: {
      X: table(['clk|1'], () => {
        const kind = below(4)
        if (kind === 0) return { to: bit(), send: {}, clock: ['slow', 1 + below(2)] }
        const name = kind === 1 ? 'say' : 'go'
        return { to: bit(), send: { [name]: pick(['a', 'b']) }, clock: [name, 1] }
      }),
      M: table(['go|a', 'go|b', 'ask|e'], () => {
        const kind = below(4)
        if (kind === 0) return { to: bit(), ...silent }
        if (kind === 1) return { to: bit(), send: { slow: pick(['c', 'd']) }, clock: null }
        return { to: bit(), send: { fast: pick(['c', 'd']) }, clock: ['fast', 1] }
      }),
      H: table(['say|a', 'say|b', 'fast|c', 'fast|d', 'slow|c', 'slow|d'], () =>
        // Asked once in a while; a question can be answered, and the answer can lead to no further question for ever,
        // since H asks only in state 0 and goes to state 1 when it does.
        ({ to: bit(), ...silent }),
      ),
    },
  }
}

/** H asks M when it hears from X in state 0. */
export function withQuestions(model: TableModel): TableModel {
  const H = { ...model.tables.H }
  for (const key of ['0|say|a', '0|say|b'])
    H[key] = (H[key] as Row[]).map((row) => ({ ...row, send: { ask: 'e' }, clock: ['ask', 1] }))
  return { ...model, tables: { ...model.tables, H } }
}

/** The model as machines of the engine. */
export function toCollection(model: TableModel): Closed {
  const make = (name: 'X' | 'M' | 'H'): Machine => {
    const react =
      (port: string) =>
      ({ state, message }: { state: number; message: string }) =>
        choose(
          ...(model.tables[name][`${state}|${port}|${message}`] as Row[]).map((row) => {
            const clock = row.clock === null ? {} : { clock: { [row.clock[0]]: row.clock[1] } }
            return [Rational.of(BigInt(row.quarters), 4n), { to: row.to, send: row.send, ...clock }] as const
          }),
        ) as Distribution<Reaction<number>>
    const ports: readonly string[] = PORTS[name]
    const on = Object.fromEntries(
      ports.filter((p) => p.endsWith('?')).map((p) => [p, react(p.replace(/◁?\?$/, ''))]),
    )
    return machine<string, number, { n: ReturnType<typeof counter<'end'>> }>(name, {
      ports,
      initial: 0,
      counters: { n: counter('*', { end: model.rounds }) },
      on,
      final: (_, { n }) => name === 'X' && n.is('end'),
    })
  }
  return closed(make('H'), make('X'), make('M'))
}

/**
 * A second, naive reading of the run algorithm: every path is walked to its end, nothing is numbered, merged or
 * skipped. Gives the distribution of H's view, cut to its first `prefix` entries.
 */
export function enumerate(model: TableModel, prefix: number): Map<string, Rational> {
  const views = new Map<string, Rational>()
  const owner: Record<string, 'X' | 'M' | 'H'> = { go: 'M', ask: 'M', say: 'H', fast: 'H', slow: 'H' }
  const order = (name: string) =>
    PORTS.X.concat(PORTS.M as never, PORTS.H as never).indexOf(`${name}!` as never)
  const walk = (
    states: Record<string, number>,
    queues: Record<string, string[]>,
    rounds: number,
    at: 'X' | 'M' | 'H',
    port: string,
    message: string,
    view: string[],
    probability: Rational,
  ): void => {
    if (at === 'X' && rounds === model.rounds) {
      const key = JSON.stringify(view.slice(0, prefix))
      views.set(key, (views.get(key) ?? Rational.ZERO).plus(probability))
      return
    }
    for (const row of model.tables[at][`${states[at]}|${port}|${message}`] as Row[]) {
      const p = probability.times(fraction(`${row.quarters}/4`))
      const after = { ...states, [at]: row.to }
      const buffers = Object.fromEntries(Object.entries(queues).map(([name, queue]) => [name, [...queue]]))
      for (const name of Object.keys(row.send).toSorted((a, b) => order(a) - order(b)))
        buffers[name]?.push(row.send[name] as string)
      const seen =
        at === 'H'
          ? [...view, JSON.stringify([states['H'], port, message, row.to, row.send, row.clock])]
          : view
      const left = at === 'X' ? rounds + 1 : rounds
      const queue = row.clock === null ? undefined : buffers[row.clock[0]]
      const delivered = queue?.splice((row.clock?.[1] ?? 1) - 1, 1)[0]
      if (row.clock !== null && delivered !== undefined)
        walk(after, buffers, left, owner[row.clock[0]] as 'X', row.clock[0], delivered, seen, p)
      else walk(after, buffers, left, 'X', 'clk', '1', seen, p)
    }
  }
  walk(
    { X: 0, M: 0, H: 0 },
    { go: [], say: [], ask: [], fast: [], slow: [] },
    0,
    'X',
    'clk',
    '1',
    [],
    Rational.ONE,
  )
  return views
}

/** The statistical distance of two distributions that are written out. */
export function distanceOf(p: ReadonlyMap<string, Rational>, q: ReadonlyMap<string, Rational>): Rational {
  let sum = Rational.ZERO
  for (const key of new Set([...p.keys(), ...q.keys()]))
    sum = sum.plus((p.get(key) ?? Rational.ZERO).minus(q.get(key) ?? Rational.ZERO).absolute())
  return sum.times(fraction('1/2'))
}

/**
 * The run algorithm once more, as a WebPPL program that gives the distribution of H's view for every model. The models
 * are data in it: compiling a program takes WebPPL longer than running it.
 */
export function toWebPpl(models: readonly TableModel[], prefix: number): string {
  return `
var MODELS = JSON.parse(${JSON.stringify(JSON.stringify(models))});
var OWNER = { go: 'M', ask: 'M', say: 'H', fast: 'H', slow: 'H' };
var without = function(queue, i) { return queue.slice(0, i).concat(queue.slice(i + 1)); };
var put = function(record, key, value) {
  return mapObject(function(k, v) { return k === key ? value : v; }, record);
};
var push = function(queues, send) {
  return mapObject(function(name, queue) {
    return send[name] === undefined ? queue : queue.concat([send[name]]);
  }, queues);
};
var walk = function(model, states, queues, rounds, at, port, message, view) {
  if (at === 'X' && rounds === model.rounds) { return JSON.stringify(view.slice(0, ${prefix})); }
  var tables = model.tables;
  var table = tables[at];
  var rows = table[states[at] + '|' + port + '|' + message];
  var row = rows.length === 1 ? rows[0] : (flip(rows[0].quarters / 4) ? rows[0] : rows[1]);
  var entry = JSON.stringify([states.H, port, message, row.to, row.send, row.clock]);
  var seen = at === 'H' ? view.concat([entry]) : view;
  var buffers = push(queues, row.send);
  var left = at === 'X' ? rounds + 1 : rounds;
  var after = put(states, at, row.to);
  if (row.clock !== null && row.clock[1] <= buffers[row.clock[0]].length) {
    var queue = buffers[row.clock[0]];
    return walk(model, after, put(buffers, row.clock[0], without(queue, row.clock[1] - 1)), left,
      OWNER[row.clock[0]], row.clock[0], queue[row.clock[1] - 1], seen);
  }
  return walk(model, after, buffers, left, 'X', 'clk', '1', seen);
};
map(function(model) {
  return Infer({ method: 'enumerate' }, function() {
    return walk(model, { X: 0, M: 0, H: 0 }, { go: [], say: [], ask: [], fast: [], slow: [] }, 0, 'X', 'clk', '1', []);
  });
}, MODELS);`
}
