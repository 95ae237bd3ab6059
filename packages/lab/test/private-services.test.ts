import { describe, expect, it } from 'vitest'
import { scenarios } from '../src/private-services/index.ts'
import { checkClaims } from '../src/run.ts'

describe('private-services', { timeout: 120_000 }, () => {
  it.each(scenarios.map((scenario) => [scenario.id, scenario] as const))(
    '%s: every verdict is as the claim stands',
    async (_, scenario) => {
      const { claims } = await checkClaims([scenario])
      for (const claim of claims) expect(`${claim.id} ${claim.verdict}`).toBe(`${claim.id} ${claim.stands}`)
    },
  )
})
