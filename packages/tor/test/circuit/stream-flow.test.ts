import { describe, expect, it } from 'vitest'
import { RELAY } from '../../src/circuit/relay-message.ts'
import { WindowFlow, XonXoffFlow } from '../../src/circuit/stream-flow.ts'

function spoken() {
  const said: [number, number[]][] = []
  return { said, say: (command: number, data: Uint8Array) => void said.push([command, [...data]]) }
}

describe('flow control of a stream', () => {
  it('by windows: a SENDME for every fifty cells that were read, and no more than five hundred before', () => {
    const { said, say } = spoken()
    const flow = new WindowFlow(say)
    flow.received(500)
    flow.consumed(49)
    expect(said).toEqual([])
    flow.consumed(52)
    expect(said).toEqual([
      [RELAY.sendme, []],
      [RELAY.sendme, []],
    ])
    flow.received(100)
    expect(() => flow.received(1)).toThrow('more than its window')
  })

  it('by windows: sends five hundred, and fifty for a SENDME', () => {
    const flow = new WindowFlow(() => {})
    expect(() => flow.hear(RELAY.sendme)).toThrow('not sent')
    const other = new WindowFlow(() => {})
    other.sent(500)
    expect(other.left).toBe(0)
    expect(other.hear(RELAY.sendme)).toBe(true)
    expect(other.left).toBe(50)
    expect(other.hear(RELAY.xoff)).toBe(false)
    expect(other.left).toBe(50)
  })

  it('by XON and XOFF: asks once to stop, and once to go on', () => {
    const { said, say } = spoken()
    const flow = new XonXoffFlow(say)
    flow.received(500, 500)
    expect(said).toEqual([])
    flow.received(1, 501)
    flow.received(60, 561)
    expect(said).toEqual([[RELAY.xoff, [0]]])
    flow.consumed(300, 261)
    expect(said).toHaveLength(1)
    flow.consumed(20, 241)
    flow.consumed(20, 221)
    expect(said.slice(1)).toEqual([[RELAY.xon, [0, 0, 0, 0, 0]]])
  })

  it('by XON and XOFF: a sender who does not listen is cut off', () => {
    const flow = new XonXoffFlow(() => {})
    flow.received(10_000, 10_000)
    expect(() => flow.received(1, 10_001)).toThrow('more than it was asked to')
  })

  it('by XON and XOFF: stops and goes on as the other end asks, whatever rate it advises', () => {
    const flow = new XonXoffFlow(() => {})
    expect(flow.hear(RELAY.xoff, Uint8Array.of(0))).toBe(false)
    expect(flow.left).toBe(0)
    expect(flow.hear(RELAY.xon, Uint8Array.of(1, 0, 0, 0, 9))).toBe(false)
    expect(flow.left).toBe(0) // an unknown version
    expect(flow.hear(RELAY.xon, Uint8Array.of(0, 0, 0, 0, 9))).toBe(true)
    expect(flow.left).toBeGreaterThan(1000)
    expect(() => flow.hear(RELAY.sendme, new Uint8Array(0))).toThrow('without a window')
  })
})
