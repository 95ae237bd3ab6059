import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'

test('npm run demo tells the whole story, and every step of it is well', () => {
  const demo = new URL('../../apps/cli/src/demo/main.ts', import.meta.url)
  const { status, stdout, stderr } = spawnSync(process.execPath, [demo.pathname, '--json'], {
    encoding: 'utf8',
  })
  const document = JSON.parse(stdout) as {
    schema: string
    ok: boolean
    steps: { ok: boolean; name: string }[]
  }
  expect(document.steps.filter((step) => !step.ok)).toEqual([])
  expect({ status, stderr, schema: document.schema, ok: document.ok }).toEqual({
    status: 0,
    stderr: '',
    schema: 'warren.demo/1',
    ok: true,
  })
  expect(document.steps.length).toBeGreaterThan(12)
})
