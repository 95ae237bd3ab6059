import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const root = new URL('..', import.meta.url)

it('the snippet of the README runs', () => {
  const readme = readFileSync(new URL('README.md', root), 'utf8')
  const snippet = /```ts\n(.*?)```/s.exec(readme)?.[1] ?? ''
  expect(snippet).not.toBe('')
  const run = spawnSync(process.execPath, ['--input-type=module-typescript', '--eval', snippet], {
    cwd: root,
    encoding: 'utf8',
  })
  expect(run.stderr).toBe('')
  expect(run.status).toBe(0)
})
