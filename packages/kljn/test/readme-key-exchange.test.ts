import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const root = new URL('..', import.meta.url)

it("the README's key exchange runs: equal keys, and next to nothing for Eve", () => {
  const readme = readFileSync(new URL('README.md', root), 'utf8')
  const section = readme.slice(readme.indexOf('## A key exchange'))
  const snippet = /```ts\n(.*?)```/s.exec(section)?.[1] ?? ''
  expect(snippet).toContain('keyExchange(')
  const run = spawnSync(process.execPath, ['--input-type=module-typescript', '--eval', snippet], {
    cwd: root,
    encoding: 'utf8',
  })
  expect(run.stderr).toBe('')
  expect(run.stdout).toContain('equal: true')
  expect(run.stdout).toContain('with chance 0.50037')
  expect(Number(/and knows (\S+) bit/.exec(run.stdout)?.[1])).toBeLessThan(2 ** -64)
})
