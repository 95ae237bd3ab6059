import { describe, expect, it } from 'vitest'
import { scenarios } from '../src/private-services/index.ts'
import { checkClaims, runScenario } from '../src/run.ts'

describe('private-services', { timeout: 120_000 }, () => {
  const alone = scenarios.filter((scenario) => scenario.needs === undefined)

  it.each(alone.map((scenario) => [scenario.id, scenario] as const))(
    '%s: every verdict is as the claim stands',
    async (_, scenario) => {
      const { claims } = await checkClaims([scenario])
      for (const claim of claims) expect(`${claim.id} ${claim.verdict}`).toBe(`${claim.id} ${claim.stands}`)
    },
  )

  it.each([
    ['private-services/load', { clients: 2000, days: 366 }],
    ['private-services/links', { trials: 1_000_000 }],
    ['private-services/pseudonyms', { trials: 1_000_000, services: 2, relays: 20 }],
  ])('%s of many minutes can be cancelled', async (id, parameters) => {
    const scenario = scenarios.find((one) => one.id === id) as (typeof scenarios)[number]
    const cancel = new AbortController()
    setTimeout(() => cancel.abort(new Error('enough')), 50)
    await expect(runScenario(scenario, { parameters, signal: cancel.signal })).rejects.toMatchObject({
      code: 'lab/cancelled',
    })
  })
})
