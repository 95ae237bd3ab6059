import {
  checkClaims,
  figuresToSvg,
  figuresToText,
  findScenario,
  listScenarios,
  runScenario,
} from '@warren/lab'
import { describe, expect, it } from 'vitest'

/** The scenarios of the resistive loop; those on cables have their own story. */
const RESISTIVE = [
  'kljn/second-law',
  'kljn/natural-defence',
  'kljn/advanced-defence',
  'kljn/p-tables',
  'kljn/instruments',
  'kljn/bit-errors',
  'kljn/random-resistor',
]

describe('the KLJN paper in the lab', () => {
  it('every equation (1)–(13) has a scenario', async () => {
    const ids = (await listScenarios('kljn')).map((scenario) => scenario.id)
    for (let n = 1; n <= 13; n++) expect(ids).toContain(`kljn/equation-${String(n).padStart(2, '0')}`)
  })

  it('its claims are as they are known, under the usual seed, and say what they rest on', async () => {
    const { claims, asExpected } = await checkClaims(await listScenarios('kljn'))
    expect(claims.filter((claim) => claim.verdict !== claim.stands)).toEqual([])
    expect(asExpected).toBe(true)
    const wrong = claims
      .filter((claim) => claim.stands === 'fails')
      .map((claim) => `${claim.scenario}#${claim.id}`)
    for (const known of [
      'kljn/equation-07#printed',
      'kljn/equation-11#printed',
      'kljn/equation-12#printed',
      'kljn/second-law#better-than-bsy',
    ])
      expect(wrong).toContain(known)
  })

  it.each(RESISTIVE)('%s draws figures without a hole', async (id) => {
    const { figures } = await runScenario(await findScenario(id))
    const drawn = figuresToSvg(figures)
    expect(drawn).not.toMatch(/NaN|undefined|Infinity/)
    expect(figuresToText(figures)).not.toMatch(/not a number|undefined/)
  })

  it('a seed gives the same numbers again, another seed others', async () => {
    const run = async (seed: number) =>
      (await runScenario(await findScenario('kljn/equation-07'), { seed, parameters: { samples: 100_000 } }))
        .figures
    expect(await run(1)).toEqual(await run(1))
    expect(await run(1)).not.toEqual(await run(2))
  })

  it('names parameter, unit and range of what it refuses', async () => {
    const refused = async (parameters: Record<string, unknown>) =>
      runScenario(await findScenario('kljn/second-law'), { parameters })
    await expect(refused({ rl: 0 })).rejects.toThrow(/rl: expected a number, more than 0 Ω/)
    await expect(refused({ rl: 9000 })).rejects.toThrow(/R_L and R_H must differ/)
    await expect(refused({ samples: 0 })).rejects.toThrow(/samples: expected a whole number, at least 2/)
    await expect(refused({ bandwidth: -5 })).rejects.toThrow(/bandwidth: expected a number, more than 0 Hz/)
  })

  it('can be cancelled', async () => {
    const signal = AbortSignal.abort()
    await expect(runScenario(await findScenario('kljn/second-law'), { signal })).rejects.toThrow(/cancelled/)
  })
})
