import { concatBytes } from '@warren/primitives/bytes'
import { virtualClock } from '@warren/testkit/clock'
import { testRng } from '@warren/testkit/rng'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RelayCells, type RelaySink } from '../../src/circuit/relay-cells.ts'
import { RELAY, writeAroundData } from '../../src/circuit/relay-message.ts'
import { ONION_VEGAS } from '../../src/circuit/vegas.ts'
import type { CongestionControl } from '../../src/circuit/window.ts'
import { BODY_BYTES, type CellRun } from '../../src/link/cell.ts'

/** Client and service at the two ends of a rendezvous, with nothing between them but what the test lets through. */
function ends(control?: CongestionControl) {
  const rng = testRng('ends', 1 << 26)
  const keys = {
    forwardDigest: rng.bytes(32),
    backwardDigest: rng.bytes(32),
    forwardKey: rng.bytes(32),
    backwardKey: rng.bytes(32),
  }
  const received: Uint8Array[] = []
  let arrived = 0
  const sink: RelaySink = {
    wantsData: () => true,
    data: (_hop, _streamId, bytes, cells) => {
      received.push(bytes)
      arrived += cells
    },
    message: () => {},
  }
  const toClient: Uint8Array[] = []
  const toService: Uint8Array[] = []
  const slot = (way: Uint8Array[]) => ({
    circuitId: 1,
    send: () => {},
    sendRun: (_command: number, run: CellRun) => void way.push(run.bodies),
    ready: () => undefined,
    release: () => {},
  })
  const client = new RelayCells(slot(toService), rng, sink)
  const service = new RelayCells(slot(toClient), rng, sink)
  client.addHop(keys, control)
  service.addHop(
    {
      forwardDigest: keys.backwardDigest,
      backwardDigest: keys.forwardDigest,
      forwardKey: keys.backwardKey,
      backwardKey: keys.forwardKey,
    },
    control,
  )
  /** Cells that the service could send of so many. */
  const offer = (cells: number) =>
    service.sendData({ streamId: 7, hop: 0, bytes: new Uint8Array(498 * cells), most: cells }).cells
  return { client, service, toClient, toService, offer, received, arrived: () => arrived }
}

describe('data in a run of cells', () => {
  it('come out as they went in, whatever their length, and the run is as its messages one by one', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 2200 }), (data) => {
        const { client, service, toClient, received } = ends()
        const sent = service.sendData({ streamId: 7, hop: 0, bytes: data, most: 3 })
        const length = Math.min(data.length, 3 * 498)
        expect(sent).toEqual({ bytes: length, cells: Math.ceil(length / 498) })
        const run = toClient.shift() as Uint8Array
        expect(run).toHaveLength(sent.cells * BODY_BYTES)
        client.receive(run)
        expect(concatBytes(...received)).toEqual(data.subarray(0, length))
      }),
    )
  })

  it.each([493, 494, 495, 497, 498])('of %i bytes leave zeros, then chance, behind them', (length) => {
    const body = new Uint8Array(BODY_BYTES).fill(0xff)
    writeAroundData(body, 0, { command: RELAY.data, streamId: 0x0102, length }, testRng('padding'))
    expect([...body.subarray(0, 11)]).toEqual([
      RELAY.data,
      0,
      0,
      1,
      2,
      0,
      0,
      0,
      0,
      length >>> 8,
      length & 0xff,
    ])
    expect(body.subarray(11, 11 + length).every((byte) => byte === 0xff)).toBe(true)
    expect(body.subarray(11 + length, 15 + length).every((byte) => byte === 0)).toBe(true)
  })
})

const all = (way: Uint8Array[]) => way.splice(0)

describe('the window between two ends', () => {
  it('is a thousand cells without congestion control, a hundred for each SENDME', () => {
    const { client, service, toClient, toService, offer, arrived } = ends()
    expect(offer(2000)).toBe(1000)
    expect(offer(1)).toBe(0)
    for (const run of all(toClient)) client.receive(run)
    expect(arrived()).toBe(1000)
    const acknowledgements = toService.shift() as Uint8Array
    expect(acknowledgements).toHaveLength(10 * BODY_BYTES)
    service.receive(acknowledgements.subarray(0, BODY_BYTES))
    expect(offer(2000)).toBe(100)
  })

  it('with congestion control grows while cells take no longer, and shrinks when they do', async () => {
    const clock = virtualClock()
    const control = { parameters: ONION_VEGAS, sendmeIncrement: 31, clock }
    const { client, service, toClient, toService, offer } = ends(control)
    /** Fills the window, and lets all of it through after `ms`. Returns how much went. */
    const round = async (ms: number) => {
      const cells = offer(10_000)
      await clock.advance(ms)
      for (const run of all(toClient)) client.receive(run)
      for (const run of all(toService)) service.receive(run)
      return cells
    }
    expect(await round(50)).toBe(124)
    for (let i = 0; i < 5; i++) await round(50)
    const quick = await round(50)
    expect(quick).toBeGreaterThan(600)
    for (let i = 0; i < 5; i++) await round(500)
    expect(await round(500)).toBeLessThan(quick)
  })

  it('opens for no SENDME that proves nothing, with congestion control too', () => {
    const control = { parameters: ONION_VEGAS, sendmeIncrement: 31, clock: virtualClock() }
    const { client, service, toService, offer } = ends(control)
    expect(offer(62)).toBe(62)
    client.send(0, { command: RELAY.sendme, streamId: 0, data: new Uint8Array(23) })
    expect(() => service.receive(toService.shift() as Uint8Array)).toThrow('without proof')
  })
})
