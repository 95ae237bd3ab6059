import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describeWithTools } from '@warren/testkit/tools-node'
import { expect, it } from 'vitest'

interface Demo {
  schema: string
  ok: boolean
  steps: { ok: boolean; name: string; reachedBy?: string; exitOfErin?: number }[]
}

describeWithTools(['tor', 'tor-gencert'], 'npm run demo -- --private', () => {
  it('tells the whole story through a Tor network, and who is taken out cannot tell that the vault exists', async () => {
    const demo = new URL('../../apps/cli/src/demo/main.ts', import.meta.url)
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [
      demo.pathname,
      '--private',
      '--json',
    ]).catch((failed: { stdout: string; stderr: string }) => failed)
    const { schema, ok, steps } = JSON.parse(stdout) as Demo
    expect(steps.filter((step) => !step.ok)).toEqual([])
    expect({ stderr, schema, ok, count: steps.length }).toEqual({
      stderr: '',
      schema: 'warren.demo/1',
      ok: true,
      count: 11,
    })
    expect(steps.find(({ reachedBy }) => reachedBy !== undefined)?.reachedBy).toContain('through Tor')
    expect(steps.find(({ exitOfErin }) => exitOfErin !== undefined)?.exitOfErin).toBe(8)
  })
})
