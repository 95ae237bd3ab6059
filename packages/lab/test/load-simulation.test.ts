import { unsafeSeededRng } from '@warren/primitives/seeded-rng'
import { expect, it } from 'vitest'
import { type LoadApproach, runTogether, simulateLoad } from '../src/private-services/load-simulation.ts'

const RELAYS = 200
const CLIENTS = 50
const DAYS = 10
const COPIES = 8
const HOUR = 60

async function loadOf(approach: LoadApproach, refreshes: boolean) {
  const rng = unsafeSeededRng('load simulation')
  const options = { approach, clients: CLIENTS, relays: RELAYS, days: DAYS, refreshes }
  const [load] = await runTogether([simulateLoad(options, rng)], RELAYS, rng, () => Promise.resolve())
  return load as NonNullable<typeof load>
}

/** Mean number of uploads of a copy that is kept up for so long: a renewal process, pauses uniform in 60 … 120 min. */
function sends(minutes: number): number {
  const [mean, variance] = [90, 60 ** 2 / 12]
  return 1 + minutes / mean + (variance - mean ** 2) / (2 * mean ** 2)
}

/** Ten days: the first period lasts 36 h from the start, eight have 48 h, and two are cut off by the end. */
function perClientAndDay(laterMinutes: number): number {
  const lives = [...Array.from({ length: 8 }, () => 48), 36, 12].map((hours) => hours * HOUR - laterMinutes)
  return (COPIES * [36 * HOUR, ...lives].map(sends).reduce((a, b) => a + b)) / DAYS
}

// 550 copies or more, each with a standard deviation of 1.1 in 32 uploads: 1 % is seven standard errors.
it.each([
  ['one per client', 0],
  ['extension without spreading', 0],
  // Each next period begins at a random moment of the first nine tenths of twelve hours.
  ['extension', 0.45 * 12 * HOUR],
] as const)('%s: as many uploads as pauses of 60 to 120 minutes make', async (approach, laterMinutes) => {
  const { uploadCircuitsPerDay } = await loadOf(approach, true)
  const expected = CLIENTS * perClientAndDay(laterMinutes)
  expect(Math.abs(uploadCircuitsPerDay / expected - 1)).toBeLessThan(0.01)
})

it('without refreshes each period’s descriptors go out once', async () => {
  const load = await loadOf('one per client', false)
  expect(load.uploadCircuitsPerDay).toBe((COPIES * CLIENTS * (DAYS + 1)) / DAYS)
  expect(load.busiestMinute).toBe(COPIES * CLIENTS)
  expect((await loadOf('one service', false)).busiestMinute).toBe(COPIES)
})
