import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const MAIN = fileURLToPath(new URL('../../apps/cli/src/main.ts', import.meta.url))
const COMMAND = ['lab', 'run', 'kljn/key-exchange', '--param', 'bits=256', '--param', 'cable=RG58']
const OPTIONS = ['--param', 'length=100m', '--param', 'defence=beta-exact,capacitor-killer']

function warren(...args: readonly string[]): string {
  const run = spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8', maxBuffer: 2 ** 26 })
  expect(run.stderr).toBe('')
  expect(run.status).toBe(0)
  return run.stdout
}

interface Run {
  figures: { kind: string; title: string; rows?: (string | number | boolean | null)[][] }[]
  claims: { id: string; verdict: string; stands: string }[]
}

it('two parties agree on 256 bits over 100 m of coax, and the ledger says what Eve has', () => {
  const { figures, claims } = JSON.parse(warren(...COMMAND, ...OPTIONS, '--json')) as Run
  const rows = new Map(figures.flatMap((figure) => figure.rows ?? []).map((row) => [row[0], row[1]]))
  expect(rows.get('keys of Alice and Bob are equal')).toBe(true)
  expect(rows.get('length of the key')).toBe(256)
  expect(rows.get('error rate of sifted bits')).toBeLessThan(0.05)
  expect(rows.get('raw bit exchanges')).toBeGreaterThan(800)
  expect(rows.get('Eve knows of the final key, at most')).toBeLessThan(2 ** -64)
  for (const claim of claims) expect(claim).toMatchObject({ verdict: claim.stands })
})

it('draws spectra, scatter, likelihoods, ROC, and secret bits against length', () => {
  const svg = warren(...COMMAND, ...OPTIONS, '--svg')
  for (const title of ['Spectrum', 'Voltage and current', 'likelihood ratios', 'ROC', 'Secret bits of 1000'])
    expect(svg).toContain(title)
})

it('ends in an alarm, and no key, when somebody stands in the middle', () => {
  const { figures } = JSON.parse(
    warren(...COMMAND, ...OPTIONS, '--param', 'attack=man-in-the-middle', '--json'),
  ) as Run
  expect(figures[0]?.title).toBe('No key was made')
  expect(figures[0]?.rows?.[0]?.[0]).toBe('kljn/alarm')
})
