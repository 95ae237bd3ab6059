import { concatBytes, utf8 } from '@warren/primitives/bytes'
import { eventually, virtualClock } from '@warren/testkit/clock'
import { testRng } from '@warren/testkit/rng'
import { TorClient } from '../../src/client.ts'
import { memoryStore } from '../../src/directory/store.ts'
import { fakeAuthority, fakeConsensus, fakeMicrodesc } from './consensus.ts'
import { fakeNetwork } from './network.ts'
import { FakeRelay, type FakeRelayOptions } from './relay.ts'

export const START = Date.UTC(2026, 0, 1)
export const HOUR = 3_600_000

export function response(body: Uint8Array, head = ''): Uint8Array {
  return concatBytes(utf8(`HTTP/1.0 200 OK\r\nContent-Length: ${body.length}\r\n${head}\r\n`), body)
}

export type Answer = (path: string, honest: Uint8Array) => Uint8Array

/**
 * A network in memory whose relays all serve the directory; `answer` may change what they say, `parameters` are more of
 * the consensus', `more` is what the relays are beside.
 */
export function clientNetwork(
  answer: Answer = (_, honest) => honest,
  parameters = '',
  more: Partial<FakeRelayOptions> = {},
) {
  const clock = virtualClock(START)
  const state = { validAfter: START - HOUR / 2 }
  const relays: FakeRelay[] = [0, 1, 2, 3, 4, 5].map(
    (i) =>
      new FakeRelay({
        nickname: `relay${i}`,
        address: `10.${i}.0.1`,
        rng: testRng(`relay ${i}`),
        serve: (request, target) =>
          target === undefined ? directory(request) : utf8(`hello from ${target}`),
        ...more,
      }),
  )
  const authorities = [0, 1, 2].map((i) => fakeAuthority(`authority${i}`, relays[i] as FakeRelay))
  const directory = (request: Uint8Array) => {
    const path = new TextDecoder().decode(request).split(' ')[1] ?? ''
    const honest = path.includes('consensus')
      ? fakeConsensus({ relays, signers: authorities, validAfter: state.validAfter, parameters })
      : path.includes('keys')
        ? utf8(authorities.map(({ certificate }) => certificate).join(''))
        : utf8(relays.map((relay) => fakeMicrodesc(relay)).join(''))
    return answer(path, response(honest))
  }
  const { connect } = fakeNetwork(relays)
  const store = memoryStore()
  const start = async (options = {}) => {
    const started = TorClient.start({
      directory: { authorities: authorities.map(({ configuration }) => configuration) },
      store,
      connect,
      clock,
      rng: testRng('client'),
      ...options,
    })
    // Unpacking runs in a thread of its own: time moves until it is done.
    return eventually(clock, started, { mostMs: 2_000_000, stepMs: 100 })
  }
  return { clock, relays, state, store, start, connect }
}
