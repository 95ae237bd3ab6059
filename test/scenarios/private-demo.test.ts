import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describeWithTools } from '@warren/testkit/tools-node'
import { expect, it } from 'vitest'

const DEMO = fileURLToPath(new URL('../../apps/cli/src/demo/main.ts', import.meta.url))
const LIMIT_MS = 600_000

interface Told {
  ok: boolean
  steps: { name: string; ok: boolean; error?: string; [detail: string]: unknown }[]
}

/** Resolves with what was printed, whatever the exit code. */
function demo(): Promise<string> {
  return new Promise((resolve) =>
    execFile(process.execPath, [DEMO, '--private', '--json'], { encoding: 'utf8' }, (_error, stdout) =>
      resolve(stdout),
    ),
  )
}

describeWithTools(['tor', 'tor-gencert'], 'the story of a vault that only invited people can find', () => {
  it(
    'is told to its end, and who was taken out sees what she would see of a vault that is off',
    async () => {
      const { ok, steps } = JSON.parse(await demo()) as Told
      expect(steps.filter((step) => !step.ok)).toEqual([])
      expect(ok).toBe(true)
      expect(steps).toContainEqual(
        expect.objectContaining({ exitOfErin: 8, said: expect.stringContaining('switched off') }),
      )
      expect(steps).toContainEqual(expect.objectContaining({ reachedBy: 'private service, through Tor' }))
    },
    LIMIT_MS,
  )
})
