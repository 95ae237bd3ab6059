import { get, type IncomingMessage } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AccountId } from '../../src/protocol/index.ts'
import { EventHub } from '../../src/server/events.ts'
import { type EmbeddedWorld, embeddedWorld } from './embedded.ts'
import { append, commitOf, joinVault, newSpace, overHttp, send, signed } from './household.ts'

let world: EmbeddedWorld
let url: string
beforeAll(async () => {
  world = await embeddedWorld('events')
  url = await world.server.listen({ host: '127.0.0.1', port: 0 })
})
afterAll(() => world.remove())

/** Reads until the stream has said something that matches, or ends. */
async function until(stream: IncomingMessage, pattern: RegExp): Promise<string> {
  let heard = ''
  for await (const part of stream.iterator({ destroyOnReturn: false })) {
    heard += String(part)
    if (pattern.test(heard)) break
  }
  return heard
}

describe('events, over HTTP', () => {
  it('tell those whom they concern, and end with the device', async () => {
    const { device: alice, tip } = await joinVault(world, 'Alice')
    const { device: bob, tip: bobsTip } = await joinVault(world, 'Bob', alice)
    const http = overHttp(() => url)
    const listen = async (device: typeof alice) => {
      const { headers } = await signed(world, device, 'GET', '/v1/events')
      return new Promise<IncomingMessage>((resolve) => {
        get(`${url}/v1/events`, { headers }, resolve)
      })
    }
    const [hers, his] = [await listen(alice), await listen(bob)]
    expect(hers.headers['content-type']).toBe('text/event-stream')
    const made = await newSpace(world, alice)
    const over = { ...world, deliver: http }
    expect((await send(over, alice, 'POST', '/v1/commit', commitOf(made.commit))).status).toBe(200)
    expect(await until(hers, /space\//)).toContain(`"log":"space/${made.space.id}"`)

    const own = { kind: 'account' as const, id: bob.account }
    const change = {
      kind: 'recovery-set-up',
      setup: { id: made.space.id as never, threshold: 0, users: [], commitments: [] },
    } as const
    const next = await append(world, bob, own, bobsTip, change)
    expect((await send(over, bob, 'POST', '/v1/commit', commitOf({ appends: [next.append] }))).status).toBe(
      200,
    )
    const heard = await until(his, /account\//)
    expect(heard).toContain(`"log":"account/${bob.account}","sequence":1`)
    // The space is none of his business.
    expect(heard).not.toContain(made.space.id)
    expect(tip.sequence).toBe(0)
    http.close()
    hers.destroy()
    his.destroy()
  })
})

describe('event hub', () => {
  const account = 'a' as AccountId
  it('queues for a slow reader up to a bound, then sends it away', () => {
    const hub = new EventHub({ eventStreams: 2, eventStreamsPerDevice: 2, queuedEvents: 3 })
    const sent: string[] = []
    let ended = false
    let slow = false
    const sink = {
      send: (text: string) => {
        sent.push(text)
        return !slow
      },
      end: () => {
        ended = true
      },
    }
    const stream = hub.add(account, 'd' as never, sink)
    hub.add(account, 'd' as never, sink)
    expect(() => hub.add(account, 'e' as never, sink)).toThrow('too many')
    hub.recheck(() => true)
    const emit = () => hub.emit({ event: 'enrolment', data: { id: 'x' } }, () => true)
    slow = true
    emit()
    expect(sent).toHaveLength(2)
    emit()
    expect(sent).toHaveLength(2)
    slow = false
    stream.drained()
    expect(sent).toHaveLength(3)
    slow = true
    for (let i = 0; i < 8; i++) emit()
    expect(ended).toBe(true)
    hub.close()
    expect(hub.size).toBe(0)
  })
})
