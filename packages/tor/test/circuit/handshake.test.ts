import { systemClock } from '@warren/primitives/clock'
import { virtualClock } from '@warren/testkit/clock'
import { testRng } from '@warren/testkit/rng'
import { describe, expect, it } from 'vitest'
import { createCircuit } from '../../src/circuit/circuit.ts'
import { encodeExtensions } from '../../src/circuit/extension.ts'
import { startHandshake } from '../../src/circuit/handshake.ts'
import { hopOf, linkSpecifiers } from '../../src/circuit/hop.ts'
import { EXIT_VEGAS } from '../../src/circuit/vegas.ts'
import { CIRCUIT_WINDOW, type CongestionControl } from '../../src/circuit/window.ts'
import { openLink } from '../../src/link/link.ts'
import { fakeNetwork } from '../fake/network.ts'
import { FakeRelay, type FakeRelayOptions } from '../fake/relay.ts'

const CELL = 498

/** A circuit to the first of two relays, and how to extend it to the second. */
async function scene(more: Partial<FakeRelayOptions>) {
  const clock = virtualClock()
  const rng = testRng('client')
  const [first, second] = [0, 1].map(
    (i) =>
      new FakeRelay({ nickname: `relay${i}`, address: `10.${i}.0.1`, rng: testRng(`relay ${i}`), ...more }),
  ) as [FakeRelay, FakeRelay]
  const network = fakeNetwork([first, second])
  const signal = new AbortController().signal
  const transport = await network.connect(first.hop.addresses[0] as never, { signal })
  const link = await openLink(transport, first.hop, { clock, rng })
  const circuit = await createCircuit(link, first.hop, { rng })
  const control: CongestionControl = { parameters: EXIT_VEGAS, sendmeIncrement: 31, clock }
  return { circuit, first, second, control }
}

describe('the handshake with a relay', () => {
  it('is of the version that the consensus says it speaks', async () => {
    for (const speaksNtorV3 of [true, false]) {
      const { circuit, first, second } = await scene({ speaksNtorV3 })
      await circuit.extend(second.hop)
      expect(circuit.hops).toBe(2)
      expect(circuit.bindingKey).toHaveLength(20)
      expect([first.handshakes, second.handshakes]).toEqual(speaksNtorV3 ? [[3], [3]] : [[2], [2]])
    }
  })

  it('is of version 1 with relays that link specifiers name, whatever they speak', async () => {
    const { circuit, second } = await scene({ speaksNtorV3: true })
    const named = hopOf(linkSpecifiers(second.hop), second.hop.ntorKey)
    if (named === undefined) throw new Error('no hop')
    await circuit.extend(named)
    expect(second.handshakes).toEqual([2])
  })

  it('is of version 1 without an Ed25519 identity', () => {
    const { rsaId, ntorKey, addresses } = new FakeRelay({
      nickname: 'relay',
      address: '10.0.0.1',
      rng: testRng('relay'),
    }).hop
    const hop = { rsaId, ntorKey, addresses, speaksNtorV3: true }
    expect(startHandshake(hop, testRng('client')).type).toBe(2)
  })

  it('has the same KH at both ends, which binds ESTABLISH_INTRO', async () => {
    const { circuit, second } = await scene({ speaksNtorV3: true })
    await circuit.extend(second.hop)
    expect(circuit.bindingKey).toEqual(second.lastBindingKey)
  })
})

describe('a relay that speaks ntor of version 3', () => {
  const cases: Record<string, [(honest: Uint8Array) => Uint8Array, string]> = {
    'grants what was not asked for': [
      () => encodeExtensions([{ type: 2, data: Uint8Array.of(31) }]),
      'unasked',
    ],
    'says nothing at all': [() => new Uint8Array(0), 'malformed'],
    'says less than it announces': [() => Uint8Array.of(1, 2), 'malformed'],
    'says more than it announces': [(honest) => Uint8Array.of(...honest, 9), 'malformed'],
  }
  it.each(Object.keys(cases))('%s: the circuit is closed', async (name) => {
    const [says, message] = cases[name] as (typeof cases)[string]
    const { circuit, second } = await scene({ speaksNtorV3: true })
    second.options.says = says
    await expect(circuit.extend(second.hop)).rejects.toMatchObject({ code: 'tor/handshake' })
    expect((await circuit.closed)?.message).toContain(message)
    expect(circuit.isOpen).toBe(false)
  })

  it('grants an increment far from the network: the circuit is closed', async () => {
    const { circuit, second, control } = await scene({ speaksNtorV3: true, sendmeIncrement: 60 })
    await expect(circuit.extend(second.hop, { control })).rejects.toThrow("not the network's")
    expect(circuit.isOpen).toBe(false)
  })

  it('may say what a client does not know', async () => {
    const { circuit, second } = await scene({ speaksNtorV3: true })
    second.options.says = () => encodeExtensions([{ type: 77, data: Uint8Array.of(1) }])
    await circuit.extend(second.hop)
    expect(circuit.isOpen).toBe(true)
  })

  it('whose onion key is of small order ends the circuit', async () => {
    const { circuit, second } = await scene({ speaksNtorV3: true })
    await expect(circuit.extend({ ...second.hop, ntorKey: new Uint8Array(32) })).rejects.toThrow(
      'small order',
    )
    expect(circuit.isOpen).toBe(false)
  })
})

describe('congestion control with the last relay', () => {
  /** Cells that leave before the first acknowledgement, and after all that come. */
  async function upload(more: Partial<FakeRelayOptions>, isAsked: boolean) {
    const { circuit, second, control } = await scene({ speaksNtorV3: true, ...more })
    await circuit.extend(second.hop, isAsked ? { control } : {})
    expect(circuit.hasCongestionControl).toBe(isAsked && more.sendmeIncrement !== undefined)
    const stream = await circuit.openStream('example.org:80')
    const writing = stream.write(new Uint8Array(CELL * 2000)).catch(() => {})
    for (let i = 0; i < 400; i++) await systemClock.sleep(0)
    const { received } = second
    circuit.close()
    await writing
    return received
  }

  it('is agreed on where both want it, and its window is in force', async () => {
    const stalls = { lies: { sendme: () => undefined } }
    expect(await upload({ sendmeIncrement: 31, ...stalls }, true)).toBe(EXIT_VEGAS.cwndInit)
    expect(await upload({ sendmeIncrement: 31, ...stalls }, false)).toBe(CIRCUIT_WINDOW.start)
    expect(await upload(stalls, true)).toBe(CIRCUIT_WINDOW.start)
  })

  it('lets everything through once it is acknowledged, every 31 cells', async () => {
    expect(await upload({ sendmeIncrement: 31 }, true)).toBe(2000)
    expect(await upload({ sendmeIncrement: 32 }, true)).toBe(2000)
  })
})
