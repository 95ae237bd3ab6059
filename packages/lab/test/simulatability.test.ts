import { describe, expect, it } from 'vitest'
import {
  checkClaims,
  figuresToSvg,
  figuresToText,
  findScenario,
  listScenarios,
  runScenario,
} from '../src/index.ts'

describe('simulatability', () => {
  it('every verdict is as the claim stands', async () => {
    const { claims } = await checkClaims(await listScenarios('simulatability'))
    expect(claims.length).toBeGreaterThan(50)
    for (const claim of claims)
      expect([claim.scenario, claim.id, claim.verdict]).toEqual([claim.scenario, claim.id, claim.stands])
  })

  it.each([1, 2, 10_000])(
    'composition at k = %i: distance 1 composed, first difference at 2^k+1 in the parts',
    async (k) => {
      const { figures, claims } = await runScenario(await findScenario('simulatability/composition'), {
        parameters: { k },
      })
      for (const { id, verdict } of claims) expect([id, verdict]).toEqual([id, 'holds'])
      expect(figuresToText(figures)).toContain(k === 10_000 ? '2^10000 + 1' : String(2 ** k + 1))
      const svg = figuresToSvg(figures)
      expect(svg).toContain('Figure 1: M₀')
      expect(svg).toContain('Figure 2: the composed protocol')
      expect(svg).not.toContain('NaN')
    },
  )

  it.each([
    ['simulatability/one-time-pad', { numerator: 2, denominator: 7 }],
    ['simulatability/ap-protocols', { k: 20 }],
    ['simulatability/noise-key-bit', { permille: 200, samples: 25 }],
    ['simulatability/lemma-4', { k: 9 }],
    ['simulatability/lemma-5', { k: 1 }],
    ['simulatability/theorem-8', { k: 777 }],
    ['simulatability/leak-per-invocation', { k: 5 }],
  ])('%s holds with other parameters too', async (id, parameters) => {
    const { claims } = await runScenario(await findScenario(id), { parameters })
    for (const claim of claims) expect([claim.id, claim.verdict]).toEqual([claim.id, claim.stands])
  })
})
