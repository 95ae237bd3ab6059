import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const root = new URL('..', import.meta.url)

it('the snippet of the README runs and prints what the README says', () => {
  const readme = readFileSync(new URL('README.md', root), 'utf8')
  const snippet = /```ts\n(.*?)```/s.exec(readme)?.[1] ?? ''
  expect(snippet).not.toBe('')
  const run = spawnSync(process.execPath, ['--input-type=module-typescript', '--eval', snippet], {
    cwd: root,
    encoding: 'utf8',
  })
  expect(run.stderr).toBe('')
  const printed = [...run.stdout.matchAll(/Eve at best (\S+), by the Second Law (\S+)/g)]
  expect(printed.map((line) => line[1])).toEqual(['0.8788', '0.8544', '0.5000'])
  // 50 000 secure bits, 5σ: false alarm below 2e-6 in all
  for (const [i, expected] of [0.8788, 0.1456, 0.5].entries())
    expect(Math.abs(Number(printed[i]?.[2]) - expected)).toBeLessThan(5 * Math.sqrt(0.25 / 49_000))
})
