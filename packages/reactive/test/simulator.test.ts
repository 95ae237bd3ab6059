import { describe, expect, it } from 'vitest'
import {
  bestSimulator,
  bestUniversalSimulator,
  configuration,
  counter,
  deliver,
  formatStrategy,
  machine,
  Player,
  type Structure,
  uniform,
} from '../src/index.ts'
import { channel } from '../src/library/index.ts'

const { DUMMY, MALLEABLE_CHANNEL, SECURE_CHANNEL, anySimulator, anyUser, oneTimePad } = channel

async function universal(real: Structure, ideal: Structure) {
  const [user, simulator] = [anyUser(), anySimulator()]
  const found = await bestUniversalSimulator(
    configuration(real, user.machine(), DUMMY, ideal),
    configuration(ideal, user.machine(), simulator.machine()),
    simulator,
    user,
    1,
    { horizon: 4 },
  )
  return { ...found, text: formatStrategy(simulator, found.simulator) }
}

describe('the best universal simulator', () => {
  it.each<[string, Structure, Structure, string]>([
    ['a fair pad is a malleable channel', oneTimePad(), MALLEABLE_CHANNEL, '0'],
    ['a pad with keys of 3/4 misses it by 1/4', oneTimePad('3/4'), MALLEABLE_CHANNEL, '1/4'],
    ['a pad with keys of 2/3 misses it by 1/6', oneTimePad('2/3'), MALLEABLE_CHANNEL, '1/6'],
    ['no pad is a secure channel: flips come through', oneTimePad(), SECURE_CHANNEL, '1'],
  ])('%s', async (_, real, ideal, expected) => {
    const { lower, upper } = await universal(real, ideal)
    expect([lower.toString(), upper.toString()]).toEqual([expected, expected])
  })

  it('tells a ciphertext of its own and turns orders into differences', async () => {
    const { text } = await universal(oneTimePad(), MALLEABLE_CHANNEL)
    expect(text).toContain('tap? sent → tell! 0, tell◁! 1 (1/2) or tell! 1, tell◁! 1 (1/2)')
    expect(text).toContain('tap? sent → tell! 1, tell◁! 1; order? 0 → inject! 1')
  })
})

describe('the best simulator for one user', () => {
  /** Sends one bit, drawn or fixed, and hears what the adversary tells. */
  const user = (bits: readonly string[]) =>
    machine('H', {
      ports: ['clk◁?', 'in!', 'in◁!', 'out?', 'tell?', 'order!', 'order◁!'],
      counters: { n: counter('clk◁?', { end: 2 }) },
      on: {
        'clk◁?': ({ count }) => (count.n.is('end') ? {} : uniform(bits.map((bit) => deliver('in', bit)))),
      },
      final: (_, { n }) => n.is('end'),
    })
  const search = (bits: readonly string[], key: string) => {
    const simulator = anySimulator()
    const real = oneTimePad(key)
    return bestSimulator(
      configuration(real, user(bits), DUMMY, MALLEABLE_CHANNEL),
      configuration(MALLEABLE_CHANNEL, user(bits), simulator.machine()),
      simulator,
      1,
      { horizon: 4 },
    )
  }

  it('may know the bit that a fixed user sends, and so reaches 0 even for a biased pad', async () => {
    const { lower, upper } = await search(['0'], '3/4')
    expect([lower.toString(), upper.toString()]).toEqual(['0', '0'])
  })

  it('cannot know a bit that is drawn: the value of the universal game, by the minimax theorem', async () => {
    const { lower, upper } = await search(['0', '1'], '3/4')
    expect([lower.toString(), upper.toString()]).toEqual(['1/4', '1/4'])
  })

  it('stops at its budget and says how far it came', async () => {
    const simulator = anySimulator()
    await expect(
      bestSimulator(
        configuration(oneTimePad(), user(['0']), DUMMY),
        configuration(MALLEABLE_CHANNEL, user(['0']), simulator.machine()),
        simulator,
        1,
        { horizon: 4, budget: { views: 5 } },
      ),
    ).rejects.toThrow(/more than 5 steps/)
  })

  it('a player may move only on ports that she has', () => {
    expect(() => new Player('A', { ports: ['a!'], moves: [{ send: { b: 'm' } }], activations: 1 })).toThrow(
      'b!',
    )
  })
})
