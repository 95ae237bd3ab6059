import { x25519PublicKey } from '@warren/primitives/x25519'
import { testRng } from '@warren/testkit/rng'
import { describe, expect, it } from 'vitest'
import { startCreateFast } from '../../src/circuit/create-fast.ts'
import { answerNtor, startNtor } from '../../src/circuit/ntor.ts'

function relay(seed: string) {
  const rng = testRng(seed)
  const ntorSecret = rng.bytes(32)
  return { nodeId: rng.bytes(20), ntorSecret, ntorKey: x25519PublicKey(ntorSecret) }
}

describe('ntor', () => {
  it('gives both sides the same keys', () => {
    const there = relay('relay')
    const client = startNtor(there, testRng('client'))
    const answer = answerNtor(there, client.request, testRng('answer'))
    expect(answer).toBeDefined()
    expect(client.complete(answer?.reply ?? new Uint8Array())).toEqual(answer?.result)
  })

  it('refuses every flipped bit of the answer, and a second answer', () => {
    const there = relay('relay')
    for (let i = 0; i < 64; i++) {
      const client = startNtor(there, testRng('client'))
      const reply = Uint8Array.from(answerNtor(there, client.request, testRng('answer'))?.reply ?? [])
      reply[i] = (reply[i] as number) ^ 1
      expect(() => client.complete(reply), `byte ${i}`).toThrow('not from the relay')
      expect(() => client.complete(reply)).toThrow('twice')
    }
  })

  it('refuses a relay with another key, an answer cut short and a point of small order', () => {
    const there = relay('relay')
    const other = relay('other')
    const request = startNtor(there, testRng('client')).request
    expect(answerNtor(other, request, testRng('answer'))).toBeUndefined()
    expect(answerNtor(there, request.subarray(1), testRng('answer'))).toBeUndefined()
    expect(() => startNtor(there, testRng('client')).complete(new Uint8Array(63))).toThrow('wrong length')
    expect(() => startNtor(there, testRng('client')).complete(new Uint8Array(64))).toThrow('small order')
    const zero = Uint8Array.from(request)
    zero.fill(0, 52)
    expect(answerNtor(there, zero, testRng('answer'))).toBeUndefined()
  })
})

describe('CREATE_FAST', () => {
  it('refuses a wrong KH', () => {
    expect(() => startCreateFast(testRng('fast')).complete(new Uint8Array(40))).toThrow('wrong')
  })
})
