import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type Ended, startWarren } from '../src/demo/processes-node.ts'
import { Circle } from './circle.ts'

// Processes share the machine with other tests: this bounds a hang, it is no expectation.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

let circle: Circle
beforeAll(async () => {
  circle = await Circle.start()
})
afterAll(() => circle.end())

/** The words of a line of a shell, without its comment. The README has no quotes. */
function wordsOf(line: string): string[] {
  return (line.split('#')[0] ?? '').trim().split(/\s+/)
}

test('the smallest run of the README is true', async () => {
  const readme = await readFile(new URL('../../../README.md', import.meta.url), 'utf8')
  const block = /```sh\n(.*?)```/s.exec(readme)?.[1] ?? ''
  const lines = block.trim().split('\n').map(wordsOf)
  expect(lines.length).toBeGreaterThan(5)

  await mkdir(circle.path('photos'))
  await writeFile(circle.path('photos', 'sea.jpg'), 'the sea')
  const passphrase = await circle.file('passphrase', 'correct horse battery staple\n')
  const environment = { WARREN_HOME: circle.path('alice'), WARREN_PASSPHRASE_FILE: passphrase }
  const outcomes = new Map<string, Ended>()
  for (const [npx, warren, ...words] of lines) {
    expect([npx, warren]).toEqual(['npx', 'warren'])
    const args = words.map((word) => {
      if (word === 'LINK') return circle.link
      return word === 'photos' || word === 'back' ? circle.path(word) : word
    })
    const ended = await startWarren(args, environment).ended
    expect(ended.code, `${args.join(' ')}: ${ended.stderr}`).toBe(0)
    outcomes.set(args[0] ?? '', ended)
    if (args[0] === 'invite')
      await circle.done('bob', 'join', ended.stdout.trim(), '--name', 'Bob', '--unprotected')
  }
  expect(await readFile(circle.path('back', 'sea.jpg'), 'utf8')).toBe('the sea')
  expect(outcomes.get('ls')?.stdout).toMatch(/sea\.jpg/)
  expect(outcomes.get('status')?.stdout).toMatch(/you could recover today with any one of Bob/)
})

test('the server says in two lines where it is and how to join, and stops cleanly', async () => {
  const server = startWarren(['serve', '--listen', '127.0.0.1:0', '--data', circle.path('second')])
  await server.line(/^To join it: npx warren init 'http/)
  const again = await startWarren(['serve', '--listen', '127.0.0.1:0', '--data', circle.path('second')]).ended
  expect(again.code).not.toBe(0)
  expect(again.stderr).toMatch(/served by another process/)
  server.stop('SIGINT')
  const { code, stdout, stderr } = await server.ended
  expect({ code, lines: stdout.trim().split('\n').length, stderr }).toEqual({ code: 0, lines: 2, stderr: '' })
})
