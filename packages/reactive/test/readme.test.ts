import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')

function blocks(language: string): string[] {
  return [...readme.matchAll(new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``, 'g'))].map(
    (match) => match[1] as string,
  )
}

describe('the README', () => {
  const [first = '', second = ''] = blocks('ts')

  it('takes a reader to a distance in twenty lines, with the output that it shows', () => {
    expect(first.trim().split('\n').length).toBeLessThanOrEqual(20)
    const { stdout, stderr } = spawnSync(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', '--input-type=module-typescript', '--eval', first],
      {
        cwd: fileURLToPath(new URL('..', import.meta.url)),
        encoding: 'utf8',
        env: { ...process.env, NO_COLOR: '1' },
      },
    )
    expect(stderr).toBe('')
    expect(stdout).toBe(blocks('text')[0])
  })

  it('shows machines that are machines', () => {
    const { stderr, status } = spawnSync(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', '--input-type=module-typescript', '--eval', second],
      { cwd: fileURLToPath(new URL('..', import.meta.url)), encoding: 'utf8' },
    )
    expect([status, stderr]).toEqual([0, ''])
  })
})
