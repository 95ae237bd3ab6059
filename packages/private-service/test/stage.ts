import { type VirtualClock, eventually as settledOn, virtualClock } from '@warren/testkit/clock'
import { testRng } from '@warren/testkit/rng'
import { FakeNetwork } from '../../tor/test/onion/fake-network.ts'
import { connectPrivateService } from '../src/client.ts'
import { createPrivateService, type PrivateServiceOptions } from '../src/service.ts'

const DELAY = { spacingMs: 30_000, spreadMs: 30_000 }

/** Moves the clock until the promise has settled. */
export function eventually<T>(clock: VirtualClock, promise: Promise<T>, mostMs = 900_000): Promise<T> {
  return settledOn(clock, promise, { mostMs })
}

function memoryState() {
  const held: { sealed?: Uint8Array } = {}
  const flip = (bytes: Uint8Array) => Promise.resolve(bytes.map((byte) => byte ^ 0xa5))
  return {
    held,
    sealer: { seal: flip, open: flip },
    store: {
      load: () => Promise.resolve(held.sealed),
      save: (bytes: Uint8Array) => {
        held.sealed = Uint8Array.from(bytes)
        return Promise.resolve()
      },
    },
  }
}

/** A private service on a network in memory of twenty relays, and a party that wants in. */
export async function stage(seed: string, options: Partial<PrivateServiceOptions> = {}) {
  const clock = virtualClock(Date.UTC(2026, 5, 1, 9, 30))
  const rng = testRng(seed, 256 * 2 ** 20)
  const network = new FakeNetwork(20, clock, rng)
  const state = memoryState()
  const start = () =>
    createPrivateService({
      tor: network.party(),
      ...state,
      delay: DELAY,
      onConnection: ({ label, stream }) => void stream.write(new TextEncoder().encode(label)),
      ...options,
    })
  const service = await start()
  const tor = network.party()
  const greet = async (credential: Uint8Array) => {
    const stream = await eventually(clock, connectPrivateService({ tor, credential }))
    const said = new TextDecoder().decode(await stream.read())
    await stream.end()
    return said
  }
  const invite = async (label: string, group?: string) => {
    const invited = await service.invite(label, group === undefined ? {} : { group })
    await clock.advance(300_000)
    return invited
  }
  return { clock, rng, network, state, service, start, greet, invite, tor }
}
