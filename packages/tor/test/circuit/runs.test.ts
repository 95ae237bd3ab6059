import { aesCtr } from '@warren/primitives/aes-ctr'
import { concatBytes } from '@warren/primitives/bytes'
import { systemClock } from '@warren/primitives/clock'
import type { Rng } from '@warren/primitives/rng'
import { virtualClock } from '@warren/testkit/clock'
import { testRng } from '@warren/testkit/rng'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createCircuit } from '../../src/circuit/circuit.ts'
import { type HopKeys, RelayCrypto } from '../../src/circuit/relay-crypto.ts'
import { DATA_AT, DIGEST_AT, encodeRelayMessage, RELAY } from '../../src/circuit/relay-message.ts'
import { BODY_BYTES, COMMAND, encodeCell } from '../../src/link/cell.ts'
import { openLink } from '../../src/link/link.ts'
import { fakeNetwork } from '../fake/network.ts'
import { type FakeConnection, FakeHop, FakeRelay } from '../fake/relay.ts'

// Cells are opened in runs. Whatever is in the middle of one must have the effect that it has alone.

function hopKeys(rng: Rng, isVirtual = false): HopKeys {
  const [keyBytes, digestBytes] = isVirtual ? [32, 32] : [16, 20]
  return {
    forwardDigest: rng.bytes(digestBytes),
    backwardDigest: rng.bytes(digestBytes),
    forwardKey: rng.bytes(keyBytes),
    backwardKey: rng.bytes(keyBytes),
  }
}

/** The relays' side of a circuit: a cell from a hop, as it arrives at the client. */
function path(keys: readonly HopKeys[]) {
  const relay = new FakeRelay({ nickname: 'any', address: '10.0.0.1', rng: testRng('padding') })
  const silent: FakeConnection = { send: () => {}, close: () => {} }
  let arrived = new Uint8Array(0)
  const hops: FakeHop[] = []
  for (const [i, one] of keys.entries())
    hops.push(
      new FakeHop(
        relay,
        one,
        (cell) => (i === 0 ? (arrived = Uint8Array.from(cell)) : hops[i - 1]?.backward(cell)),
        silent,
      ),
    )
  return (hop: number, text: string) => {
    hops[hop]?.send({ command: RELAY.drop, streamId: 0, data: new TextEncoder().encode(text) })
    return arrived
  }
}

function client(keys: readonly HopKeys[]): RelayCrypto {
  const crypto = new RelayCrypto()
  for (const one of keys) crypto.addHop(one)
  return crypto
}

describe('a run of cells', () => {
  it('opens as its cells do one by one, whichever hops they are from and however it is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat({ max: 3 }), { minLength: 1, maxLength: 12 }),
        fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 6 }),
        (from, cuts) => {
          const rng = testRng('keys')
          const keys = [hopKeys(rng), hopKeys(rng), hopKeys(rng), hopKeys(rng, true)]
          const cellOf = path(keys)
          const all = concatBytes(...from.map((hop, i) => cellOf(hop, `cell ${i}`)))
          const crypto = client(keys)
          const hops: number[] = []
          const places = [...cuts, from.length]
          for (let at = 0; at < from.length; ) {
            const end = Math.min(from.length, at + (places.shift() ?? from.length))
            hops.push(...crypto.open(all.subarray(at * BODY_BYTES, end * BODY_BYTES)).hops)
            at = end
          }
          expect(hops).toEqual(from)
          for (let i = 0; i < from.length; i++) {
            const start = i * BODY_BYTES + DATA_AT
            expect(new TextDecoder().decode(all.subarray(start, start + `cell ${i}`.length))).toBe(
              `cell ${i}`,
            )
          }
        },
      ),
      { numRuns: 60 },
    )
  })

  it.each([0, 3, 7])('with garbage as cell %i is no hop’s', (place) => {
    const rng = testRng('keys')
    const keys = [hopKeys(rng), hopKeys(rng, true)]
    const cellOf = path(keys)
    const cells = Array.from({ length: 8 }, (_, i) => cellOf(1, `cell ${i}`))
    cells[place] = rng.bytes(BODY_BYTES)
    const heard: number[] = []
    expect(() =>
      client(keys).open(concatBytes(...cells), (_, at) => heard.push(at / BODY_BYTES) < 0),
    ).toThrow('no hop of the circuit')
    expect(heard).not.toContain(place)
  })

  it('is refused whole for one bit that was changed on the way', () => {
    fc.assert(
      fc.property(fc.nat({ max: 7 }), fc.nat({ max: BODY_BYTES * 8 - 1 }), (place, bit) => {
        const byte = bit >> 3
        // Not its tag: only that of the run's last cell is compared, and it covers all that was said before.
        fc.pre(place === 7 || byte < DIGEST_AT || byte >= DIGEST_AT + 4)
        const rng = testRng('keys')
        const keys = [hopKeys(rng), hopKeys(rng, true)]
        const cellOf = path(keys)
        const run = concatBytes(...Array.from({ length: 8 }, (_, i) => cellOf(1, `cell ${i}`)))
        const at = place * BODY_BYTES + byte
        run[at] = (run[at] as number) ^ (1 << (bit & 7))
        expect(() => client(keys).open(run)).toThrow('no hop of the circuit')
      }),
    )
  })

  it('gives the digests that SENDMEs quote, where they are wanted', () => {
    const rng = testRng('keys')
    const keys = [hopKeys(rng), hopKeys(rng, true)]
    const cellOf = path(keys)
    const cells = Array.from({ length: 5 }, (_, i) => cellOf(i === 1 ? 0 : 1, `cell ${i}`))
    const oneByOne = client(keys)
    const wanted = cells.flatMap((cell) => [
      ...oneByOne.open(Uint8Array.from(cell), () => true).digests.values(),
    ])
    const { digests } = client(keys).open(concatBytes(...cells), (_, at) => at !== 2 * BODY_BYTES)
    expect([...digests].sort(([a], [b]) => a - b)).toEqual(
      [0, 1, 3, 4].map((cell) => [cell * BODY_BYTES, wanted[cell]]),
    )
  })

  it('leaves a hop’s digest as it was for a cell that only looks like the hop’s', () => {
    // Keys of the second hop under which its first cell looks recognized at the first: one in 65 536.
    const rng = testRng('keys')
    const first = hopKeys(rng)
    let second: HopKeys
    let keyStream: Uint8Array
    do {
      second = { ...hopKeys(rng), backwardKey: rng.bytes(16) }
      keyStream = aesCtr(second.backwardKey, new Uint8Array(16), new Uint8Array(3))
    } while (keyStream[1] !== 0 || keyStream[2] !== 0)
    const keys = [first, second]
    const cellOf = path(keys)
    const run = concatBytes(cellOf(1, 'looks like the first hop’s'), cellOf(0, 'is'), cellOf(1, 'is not'))
    expect([...client(keys).open(run).hops]).toEqual([1, 0, 1])
  })
})

/** A circuit of three hops over one connection whose chunks the test can hold back and join. */
async function scene() {
  const clock = virtualClock()
  const rng = testRng('client')
  let connection: FakeConnection | undefined
  const relays = [0, 1, 2].map(
    (i) =>
      new FakeRelay({
        nickname: `relay${i}`,
        address: `10.${i}.0.1`,
        rng: testRng(`relay ${i}`),
        lies: {
          certs: (honest, opened) => {
            connection = opened
            return honest
          },
        },
      }),
  )
  const [first, second, third] = relays as [FakeRelay, FakeRelay, FakeRelay]
  const { connect } = fakeNetwork(relays)
  const transport = await connect(first.hop.addresses[0] as never, { signal: new AbortController().signal })
  const link = await openLink(transport, first.hop, { clock, rng })
  const circuit = await createCircuit(link, first.hop, { rng })
  await circuit.extend(second.hop)
  /** Whatever `work` makes the relays say arrives as one chunk. */
  const inOneChunk = async (work: () => Promise<void> | void) => {
    const open = connection as FakeConnection
    const { send } = open
    const held: Uint8Array[] = []
    open.send = (bytes) => held.push(bytes)
    await work()
    open.send = send
    open.send(concatBytes(...held))
    await systemClock.sleep(0)
  }
  const raw = (bytes: Uint8Array) => (connection as FakeConnection).send(bytes)
  const circuitId = () => first.lastCircuitId
  return { link, circuit, rng, first, second, third, inOneChunk, raw, circuitId }
}

type Scene = Awaited<ReturnType<typeof scene>>

async function withStream({ circuit, third }: Scene) {
  await circuit.extend(third.hop)
  const stream = await circuit.openStream('example.org:80')
  const hop = third.lastHop as FakeHop
  const say = (text: string) =>
    hop.send({ command: RELAY.data, streamId: hop.lastStreamId, data: new TextEncoder().encode(text) })
  return { stream, say }
}

describe('one chunk of a connection', () => {
  it('with a cell of garbage ends its circuit: what came before is read, nothing after', async () => {
    const made = await scene()
    const { stream, say } = await withStream(made)
    await made.inOneChunk(() => {
      say('before')
      made.raw(encodeCell({ circuitId: made.circuitId(), command: COMMAND.relay, body: made.rng.bytes(509) }))
      say('after')
    })
    expect((await made.circuit.closed)?.code).toBe('tor/circuit-protocol')
    await expect(stream.read()).rejects.toThrow('no hop of the circuit')
    expect(made.link.isOpen).toBe(true)
    expect(made.link.circuits).toBe(0)
  })

  it('with DESTROY gives what came before it, and nothing after', async () => {
    const made = await scene()
    const { stream, say } = await withStream(made)
    await made.inOneChunk(() => {
      say('before ')
      say('it')
      made.raw(encodeCell({ circuitId: made.circuitId(), command: COMMAND.destroy, body: Uint8Array.of(11) }))
      say('after')
    })
    expect((await made.circuit.closed)?.message).toContain('reason 11')
    expect(new TextDecoder().decode(await stream.read())).toBe('before it')
    await expect(stream.read()).rejects.toThrow('reason 11')
    expect(made.link.isOpen).toBe(true)
  })

  it('with TRUNCATED gives what came before it, and nothing after', async () => {
    const made = await scene()
    const { stream, say } = await withStream(made)
    await made.inOneChunk(() => {
      say('before')
      made.third.lastHop?.send({ command: RELAY.truncated, streamId: 0, data: Uint8Array.of(3) })
      say('after')
    })
    expect((await made.circuit.closed)?.message).toContain('reason 3')
    expect(new TextDecoder().decode(await stream.read())).toBe('before')
    await expect(stream.read()).rejects.toThrow('reason 3')
  })

  it('with EXTENDED2 may go on with cells of the new hop', async () => {
    const made = await scene()
    const { circuit, third } = made
    const heard: string[] = []
    circuit.onMessage(RELAY.introduce2, (body) => heard.push(new TextDecoder().decode(body)))
    let extending: Promise<void> | undefined
    await made.inOneChunk(async () => {
      extending = circuit.extend(third.hop)
      await systemClock.sleep(0)
      third.lastHop?.send({ command: RELAY.introduce2, streamId: 0, data: new TextEncoder().encode('new') })
    })
    await extending
    expect(heard).toEqual(['new'])
    expect(circuit.hops).toBe(3)
  })

  it('with RENDEZVOUS2 may go on with cells of the other end, which wait for its keys', async () => {
    const made = await scene()
    const { circuit, second } = made
    const last = second.lastHop as FakeHop
    const keys = hopKeys(testRng('rendezvous'), true)
    const other = new FakeHop(second, keys, (cell) => last.backward(cell), {
      send: () => {},
      close: () => {},
    })
    const ports: number[] = []
    circuit.onStream((incoming) => ports.push(incoming.port))
    const answer = circuit.nextMessage(RELAY.rendezvous2)
    await made.inOneChunk(() => {
      last.send({ command: RELAY.rendezvous2, streamId: 0, data: new Uint8Array(64) })
      for (const port of [80, 81])
        other.send({ command: RELAY.begin, streamId: port, data: new TextEncoder().encode(`:${port}\0`) })
    })
    await answer
    // The link's memory for a run is used again; this one is for nobody.
    const cell = () => encodeCell({ circuitId: 1, command: COMMAND.relay, body: made.rng.bytes(BODY_BYTES) })
    made.raw(concatBytes(cell(), cell(), cell()))
    await systemClock.sleep(0)
    expect(ports).toEqual([])
    circuit.addVirtualHop(keys)
    expect(ports).toEqual([80, 81])
    expect(circuit.isOpen).toBe(true)
  })
})

describe('sealing', () => {
  it('gives each cell the digest that a SENDME will quote, in runs as one by one', () => {
    const seal = (sizes: readonly number[]) => {
      const rng = testRng('keys')
      const crypto = client([hopKeys(rng), hopKeys(rng, true)])
      const digests: Uint8Array[] = []
      const sent = sizes.map((size) => {
        const message = { command: RELAY.data, streamId: 1, data: new Uint8Array(498) }
        const bodies = concatBytes(...Array.from({ length: size }, () => encodeRelayMessage(message, rng)))
        crypto.seal(1, bodies, (digest) => digests.push(digest()))
        return bodies
      })
      return { sent: concatBytes(...sent), digests }
    }
    expect(seal([6])).toEqual(seal([1, 2, 1, 1, 1]))
    expect(seal([6]).digests[5]?.length).toBe(20)
  })
})
