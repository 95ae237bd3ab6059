import { checkClaims, findScenario, listScenarios, runScenario } from '@warren/lab'
import { describe, expect, it } from 'vitest'

describe('the recovery collection', () => {
  it('finds every claim as it stands', async () => {
    const { claims } = await checkClaims(await listScenarios('recovery'))
    expect(claims.filter((claim) => claim.verdict !== claim.stands)).toEqual([])
    expect(claims.length).toBeGreaterThan(20)
  })

  it('gives the same under the same seed', async () => {
    for (const id of ['recovery/operations', 'recovery/chain-length', 'recovery/threshold']) {
      const scenario = await findScenario(id)
      const [a, b] = [await runScenario(scenario, { seed: 5 }), await runScenario(scenario, { seed: 5 })]
      expect(a.figures).toEqual(b.figures)
    }
  })

  it('holds with the other suite and other numbers', async () => {
    for (const [id, parameters] of [
      ['recovery/collusion', { suite: 'split', files: 2 }],
      ['recovery/threshold', { suite: 'split', n: 4, t: 2 }],
      ['recovery/operations', { n: 2, t: 2, o: 0 }],
      ['recovery/vault-processes', { files: 1, spaces: 2 }],
      ['recovery/operations', { n: 5, t: 4, o: 1 }],
    ] as const) {
      const { claims } = await runScenario(await findScenario(id), { parameters })
      expect(claims.filter((claim) => claim.verdict !== claim.stands)).toEqual([])
    }
  })

  it('stops when it is told to', async () => {
    const scenario = await findScenario('recovery/operations')
    await expect(runScenario(scenario, { signal: AbortSignal.abort() })).rejects.toThrow('cancelled')
  })
})
