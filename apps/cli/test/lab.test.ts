import { expect, test, vi } from 'vitest'
import { startWarren } from '../src/demo/processes-node.ts'

// Processes share the machine with other tests: this bounds a hang, it is no expectation.
vi.setConfig({ testTimeout: 120_000 })

const warren = (...args: string[]) => startWarren(args).ended
const RELAYS = 'private-services/on-relays'

test('lab list and show say which scenario needs a Tor network', async () => {
  const lines = (await warren('lab', 'list', 'private-services')).stdout.trim().split('\n')
  expect(lines.filter((line) => line.includes('needs a Tor network'))).toEqual([
    expect.stringMatching(/^private-services\/on-relays /) as string,
  ])
  const { stdout } = await warren('lab', 'list', 'private-services', '--json')
  const { scenarios } = JSON.parse(stdout) as { scenarios: { id: string; needs: string | null }[] }
  expect(scenarios.filter((one) => one.needs !== null)).toMatchObject([{ id: RELAYS, needs: 'tor-network' }])
  expect((await warren('lab', 'show', RELAYS)).stdout).toContain('--tor-network FILE')
})

test.each([
  [['lab', 'run', RELAYS], /on-relays needs a Tor network.*npm run tor-network.*--tor-network FILE/],
  [['lab', 'check', RELAYS], /on-relays needs a Tor network.*npm run tor-network.*--tor-network FILE/],
  [['lab', 'run', RELAYS, '--tor-network', '/nowhere'], /--tor-network: cannot read \/nowhere/],
])('%j is wrong usage', async (args, text) => {
  const ended = await warren(...args)
  expect(ended).toEqual({ code: 2, stdout: '', stderr: expect.stringMatching(text) as string })
})
