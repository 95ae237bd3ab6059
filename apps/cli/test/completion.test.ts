import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeWithTools } from '@warren/testkit/tools-node'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { startWarren } from '../src/demo/processes-node.ts'

// Processes share the machine with other tests: this bounds a hang, it is no expectation.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

describeWithTools(['bash'], 'completion in bash', () => {
  const directory = mkdtempSync(join(tmpdir(), 'warren-completion-'))
  const script = join(directory, 'warren.bash')
  beforeAll(async () => {
    writeFileSync(script, (await startWarren(['completion', 'bash']).ended).stdout)
  })
  afterAll(() => rmSync(directory, { recursive: true }))

  function complete(...words: string[]): string[] {
    const program = `source "$0"; COMP_WORDS=(warren "$@"); COMP_CWORD=$#; _warren; printf '%s\\n' "\${COMPREPLY[@]}"`
    const { stdout } = spawnSync('bash', ['-c', program, script, ...words], {
      cwd: directory,
      encoding: 'utf8',
    })
    return stdout.split('\n').filter((word) => word !== '')
  }

  test.each([
    [['re'], ['restore', 'recovery', 'recover']],
    [['device', 'p'], ['promote']],
    [
      ['recovery', ''],
      ['setup', 'status', 'approve', 'cancel'],
    ],
    [['device', 'add', '--q'], ['--qr']],
    [['put', '--fo'], ['--force']],
    [['put', 'war'], ['warren.bash']],
  ])('%j', (words, expected) => {
    expect(complete(...words)).toEqual(expected)
  })
})
