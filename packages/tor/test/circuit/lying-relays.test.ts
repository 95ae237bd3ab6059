import { systemClock } from '@warren/primitives/clock'
import { virtualClock } from '@warren/testkit/clock'
import { testRng } from '@warren/testkit/rng'
import { afterEach, describe, expect, it } from 'vitest'
import { type Circuit, createCircuit } from '../../src/circuit/circuit.ts'
import { RELAY } from '../../src/circuit/relay-message.ts'
import { withDeadline } from '../../src/deadline.ts'
import { TorError } from '../../src/errors.ts'
import { COMMAND, encodeCell } from '../../src/link/cell.ts'
import { type Link, openLink } from '../../src/link/link.ts'
import { fakeNetwork } from '../fake/network.ts'
import {
  type FakeConnection,
  type FakeHop,
  FakeRelay,
  type FakeRelayOptions,
  type Lie,
  type Step,
} from '../fake/relay.ts'

const ANSWER = new Uint8Array(120_000).map((_, i) => i)
const MINUTE = 60_000

/** Three relays, one of which lies; the whole of what a client does with them. `more` is of all three. */
function scene(liar: number, lies: Partial<Record<Step, Lie>>, more: Partial<FakeRelayOptions> = {}) {
  const clock = virtualClock()
  const rng = testRng('client')
  const relays = [0, 1, 2].map(
    (i) =>
      new FakeRelay({
        nickname: `relay${i}`,
        address: `10.${i}.0.1`,
        rng: testRng(`relay ${i}`),
        lies: i === liar ? lies : {},
        serve: () => ANSWER,
        ...more,
      }),
  )
  const network = fakeNetwork(relays)
  const [first, second, third] = relays as [FakeRelay, FakeRelay, FakeRelay]
  let link: Link | undefined
  let circuit: Circuit | undefined
  const run = async () => {
    const step = <T>(what: string, work: (signal: AbortSignal) => Promise<T>) =>
      withDeadline({ clock, ms: MINUTE, what }, work)
    const transport = await network.connect(first.hop.addresses[0] as never, {
      signal: new AbortController().signal,
    })
    link = await openLink(transport, first.hop, { clock, rng })
    const made = await step('creating', (signal) => createCircuit(link as Link, first.hop, { rng, signal }))
    circuit = made
    await step('extending', (signal) => made.extend(second.hop, { signal }))
    await step('extending', (signal) => made.extend(third.hop, { signal }))
    const stream = await step('opening', (signal) => made.openStream('example.org:80', { signal }))
    await stream.write(new TextEncoder().encode('hello'))
    const parts: number[] = []
    await step('reading', async (signal) => {
      signal.addEventListener('abort', () => made.close())
      for (;;) {
        const bytes = await stream.read()
        if (bytes === undefined) return
        parts.push(...bytes)
      }
    })
    return Uint8Array.from(parts)
  }
  return { clock, relays, network, run, link: () => link, circuit: () => circuit }
}

const garbage: Lie = (honest, connection) => {
  connection.send(testRng('garbage').bytes(honest.length + 600))
  return undefined
}
const LIES: Record<string, Lie> = {
  stalls: () => undefined,
  closes: (_, connection) => {
    connection.close()
    return undefined
  },
  'sends garbage': garbage,
  'sends nothing but zeros': (honest) => new Uint8Array(honest.length),
  'flips a bit': (honest) => {
    const bytes = Uint8Array.from(honest)
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1
    return bytes
  },
  'cuts it short': (honest) => honest.slice(0, Math.floor(honest.length / 2)),
}

const unhandled: unknown[] = []
const note = (error: unknown) => void unhandled.push(error)
process.on('unhandledRejection', note)
afterEach(async () => {
  await systemClock.sleep(0)
  const seen = unhandled.splice(0)
  if (seen.length > 0) throw new Error('a rejection was not handled', { cause: seen[0] })
})

describe('honest relays', () => {
  it('carry a circuit of three hops and its stream', async () => {
    const { run, link, circuit, network } = scene(-1, {})
    expect(await run()).toEqual(ANSWER)
    expect(circuit()?.hops).toBe(3)
    circuit()?.close()
    expect(link()?.circuits).toBe(0)
    link()?.close()
    expect(network.connections()).toBe(0)
  })
})

/** What an honest relay sends here decides nothing, or any bytes are as good as others. */
const HARMLESS = new Set([
  'versions flips a bit',
  'challenge sends nothing but zeros',
  'challenge flips a bit',
  'challenge cuts it short',
  'netinfo flips a bit',
  'netinfo sends nothing but zeros',
  'netinfo cuts it short',
  'connected sends nothing but zeros',
  'connected flips a bit',
  'connected cuts it short',
])
/** Nothing protects the bytes of a stream from the relay that it ends at: that is for the protocol inside. */
const CHANGES_DATA = new Set([
  'data sends nothing but zeros',
  'data flips a bit',
  'data cuts it short',
  'data stalls',
])

describe.each([
  ['created', 0],
  ['extended', 1],
] as const)('a relay that speaks ntor of version 3, at the step %s', (step, liar) => {
  it.each(Object.keys(LIES))('%s', async (name) => {
    const { clock, run, link, circuit } = scene(liar, { [step]: LIES[name] as Lie }, { speaksNtorV3: true })
    const result = run().catch((error: unknown) => error)
    for (let i = 0; i < 10; i++) await clock.advance(MINUTE)
    expect(await result).toBeInstanceOf(TorError)
    expect(circuit()?.isOpen ?? false).toBe(false)
    expect(link()?.circuits ?? 0).toBe(0)
    link()?.close()
  })
})

describe.each(['versions', 'certs', 'challenge', 'netinfo', 'created'] as const)(
  'a guard at the step %s',
  (step) => {
    it.each(Object.keys(LIES))('%s', async (name) => {
      const { clock, run, link } = scene(0, { [step]: LIES[name] as Lie })
      const result = run().catch((error: unknown) => error)
      for (let i = 0; i < 10; i++) await clock.advance(MINUTE)
      const outcome = await result
      if (HARMLESS.has(`${step} ${name}`)) expect(outcome).toEqual(ANSWER)
      else expect(outcome).toBeInstanceOf(TorError)
      link()?.close()
    })
  },
)

describe.each(['extended', 'connected', 'data'] as const)('the last relays at the step %s', (step) => {
  it.each(Object.keys(LIES))('%s', async (name) => {
    const { clock, run, link, circuit } = scene(step === 'extended' ? 1 : 2, { [step]: LIES[name] as Lie })
    const result = run().catch((error: unknown) => error)
    for (let i = 0; i < 10; i++) await clock.advance(MINUTE)
    const outcome = await result
    const key = `${step} ${name}`
    if (HARMLESS.has(key)) expect(outcome).toEqual(ANSWER)
    else if (CHANGES_DATA.has(key)) expect(outcome).toBeInstanceOf(Uint8Array)
    else expect(outcome).toBeInstanceOf(TorError)
    circuit()?.close()
    expect(link()?.circuits ?? 0).toBe(0)
  })
})

describe('a guard that knows the protocol', () => {
  async function afterHandshake(send: (circuitId: number) => Uint8Array) {
    let connection: FakeConnection | undefined
    const { run, circuit, relays } = scene(0, {
      certs: (honest, opened) => {
        connection = opened
        return honest
      },
    })
    await run()
    connection?.send(send(relays[0]?.lastCircuitId ?? 0))
    return circuit()?.closed
  }

  it('is found out when it injects a cell', async () => {
    const error = await afterHandshake((circuitId) =>
      encodeCell({ circuitId, command: COMMAND.relay, body: testRng('cell').bytes(509) }),
    )
    expect(error?.code).toBe('tor/circuit-protocol')
  })

  it('cannot mark the circuit with RELAY_EARLY', async () => {
    const error = await afterHandshake((circuitId) =>
      encodeCell({ circuitId, command: COMMAND.relayEarly, body: new Uint8Array(509) }),
    )
    expect(error?.message).toContain('RELAY_EARLY')
  })

  it('cannot answer a handshake twice', async () => {
    const error = await afterHandshake((circuitId) =>
      encodeCell({ circuitId, command: COMMAND.created2, body: new Uint8Array(509) }),
    )
    expect(error?.message).toContain('not begun')
  })

  it('ends the circuit with DESTROY', async () => {
    const error = await afterHandshake((circuitId) =>
      encodeCell({ circuitId, command: COMMAND.destroy, body: Uint8Array.of(11) }),
    )
    expect(error?.code).toBe('tor/circuit')
  })
})

describe('the last relay of a circuit', () => {
  async function open(lies: Partial<Record<Step, Lie>> = {}) {
    const made = scene(2, lies)
    await made.run()
    const circuit = made.circuit() as Circuit
    return { ...made, circuit, hop: made.relays[2]?.lastHop as FakeHop }
  }

  it('may send data of no stream: it is counted and acknowledged like any other, and dropped', async () => {
    const { circuit, hop } = await open()
    for (let i = 0; i < 3000 && circuit.isOpen; i++)
      hop.send({ command: RELAY.data, streamId: 9, data: new Uint8Array(498) })
    await systemClock.sleep(0)
    expect(circuit.isOpen).toBe(true)
  })

  it('cannot fill the memory through a stream that nobody reads', async () => {
    const { circuit, hop, relays } = await open()
    ;(relays[2] as FakeRelay).options.serve = () => undefined
    const opening = circuit.openStream('example.org:80')
    const stream = await opening
    await stream.write(Uint8Array.of(1))
    await systemClock.sleep(0)
    const streamId = hop.lastStreamId
    for (let i = 0; i < 501; i++) hop.send({ command: RELAY.data, streamId, data: new Uint8Array(498) })
    expect((await circuit.closed)?.message).toContain('more than its window allows')
  })

  it('cannot acknowledge what was not sent', async () => {
    const { circuit, hop } = await open()
    hop.send({ command: RELAY.sendme, streamId: 0, data: new Uint8Array(23) })
    expect((await circuit.closed)?.message).toContain('not sent')
  })

  it('cannot acknowledge what it has not received', async () => {
    const { circuit, relays } = await open({ sendme: (honest) => honest.with(5, (honest[5] ?? 0) ^ 1) })
    ;(relays[2] as FakeRelay).options.serve = () => undefined
    const stream = await circuit.openStream('example.org:80')
    const writing = stream.write(new Uint8Array(498 * 300)).catch((error: unknown) => error)
    expect((await circuit.closed)?.message).toContain('without proof')
    expect(await writing).toBeInstanceOf(TorError)
  })

  it('that acknowledges nothing stops an upload at the window', async () => {
    const { circuit, relays } = await open({ sendme: () => undefined })
    const last = relays[2] as FakeRelay
    last.options.serve = () => undefined
    const before = last.received
    const stream = await circuit.openStream('example.org:80')
    const writing = stream.write(new Uint8Array(498 * 3000)).catch((error: unknown) => error)
    for (let i = 0; i < 20; i++) await systemClock.sleep(0)
    expect(last.received - before).toBe(999) // one of the circuit's 1000 was the request before
    circuit.close()
    expect(await writing).toBeInstanceOf(TorError)
  })

  it('cannot begin streams towards a client', async () => {
    const { circuit, hop } = await open()
    hop.send({ command: RELAY.begin, streamId: 77, data: new TextEncoder().encode('127.0.0.1:22\0') })
    await systemClock.sleep(0)
    expect(circuit.streams).toBe(0)
    expect(circuit.isOpen).toBe(true)
  })

  it('may send messages that nobody waits for: they are dropped', async () => {
    const { circuit, hop } = await open()
    for (const command of [RELAY.introduce2, RELAY.rendezvous2, RELAY.connected, 99, RELAY.drop])
      for (let i = 0; i < 50; i++) hop.send({ command, streamId: i % 2, data: new Uint8Array(100) })
    await systemClock.sleep(0)
    expect(circuit.isOpen).toBe(true)
  })
})

describe('a relay on the way', () => {
  it('cannot speak for the last one', async () => {
    const made = scene(-1, {})
    await made.run()
    const middle = made.relays[1]?.lastHop as FakeHop
    middle.send({ command: RELAY.data, streamId: 1, data: new Uint8Array(10) })
    middle.send({ command: RELAY.connected, streamId: 1, data: new Uint8Array(0) })
    expect((await made.circuit()?.closed)?.message).toContain('out of turn')
  })

  it('may cut the circuit', async () => {
    const made = scene(-1, {})
    await made.run()
    made.relays[1]?.lastHop?.send({
      command: RELAY.truncated,
      streamId: 0,
      data: Uint8Array.of(3),
    })
    expect((await made.circuit()?.closed)?.message).toContain('reason 3')
  })
})
