import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Secret } from '@warren/primitives/secret'
import { encodeCredential, generateClientKey } from '@warren/private-service/protocol'
import { testRng } from '@warren/testkit/rng'
import { encodeNetwork, parseNetworkFile } from '@warren/tor'
import { formatLink, PRIVATE_URL } from '@warren/vault/protocol'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { startWarren } from '../src/demo/processes-node.ts'

// Processes share the machine with other tests: this bounds a hang, it is no expectation.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

// A private vault where something is missing: the network, the consent to the public one, a number that fits.

const rng = testRng('private')
let directory: string
let description: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'warren-private-'))
  description = JSON.stringify({
    schema: 'warren.tor-network/1',
    distinctSubnets: false,
    authorities: [
      {
        nickname: 'gone',
        address: '127.0.0.1',
        orPort: await closedPort(),
        fingerprint: 'A'.repeat(40),
        v3Identity: 'B'.repeat(40),
      },
    ],
  })
  await writeFile(join(directory, 'network.json'), description)
})
afterAll(() => rm(directory, { recursive: true }))

/** A port at which nobody listens. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

const run = (...args: string[]) =>
  startWarren(args, { WARREN_HOME: join(directory, 'home'), WARREN_PASSPHRASE_FILE: '' }).ended
const serve = (...flags: string[]) =>
  run('serve', '--private', '--data', join(directory, 'vault'), '--json', ...flags)
const network = () => ['--tor-network', join(directory, 'network.json')]

describe('warren serve --private', () => {
  test.each<[string, () => string[], RegExp]>([
    ['without a network', () => [], /--private needs --tor-network FILE/],
    ['with one that is not there', () => ['--tor-network', join(directory, 'nothing')], /cannot read/],
    ['with a delay that is none', () => [...network(), '--publication-delay', '-1'], /whole number ≥ 0/],
    ['with no requests an hour', () => [...network(), '--requests-per-hour', '0'], /whole number ≥ 1/],
  ])('%s: exit 2, and nothing is made', async (_, flags, text) => {
    expect(await serve(...flags())).toEqual({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(text) as string,
    })
    expect(await readdir(directory)).not.toContain('vault')
  })

  test('on the public network says what that means, and stops unless that was read', async () => {
    const { code, stdout, stderr } = await serve('--tor-network', 'public')
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(/young and not audited/)
    expect(stderr).toMatch(/use tor\.$/m)
    expect(stderr).toMatch(/needs --i-have-read-the-limits/)
  })
})

describe('warren join with the link of a private vault', () => {
  test('is refused where the link was cut, before anything is asked or made: exit 4', async () => {
    const { code, stdout, stderr } = await run(
      'join',
      'warren+tor://vault/join#AgG1',
      '--name',
      'Bob',
      '--unprotected',
    )
    expect({ code, stdout }).toEqual({ code: 4, stdout: '' })
    expect(stderr).toMatch(/link/)
  })
})

describe.concurrent('where no relay of the network answers, what to do is said', () => {
  test('by warren serve: exit 8', async () => {
    const { code, stdout, stderr } = await serve(...network())
    expect({ code, stdout }).toEqual({ code: 8, stdout: '' })
    expect(stderr).toMatch(/None of the network's 1 directory authorities answered/)
    expect(stderr).toMatch(/Check that this machine is online and that the network .* is running/)
  })

  test('by warren join: exit 8', async () => {
    const link = formatLink({
      kind: 'invitation',
      url: PRIVATE_URL,
      secret: new Secret(rng.bytes(32)),
      inviter: undefined,
      reach: {
        network: encodeNetwork(parseNetworkFile(description)),
        credential: encodeCredential(generateClientKey('', 0, rng)),
      },
    })
    expect(await run('join', link, '--name', 'Bob', '--device', 'phone', '--unprotected')).toEqual({
      code: 8,
      stdout: '',
      stderr:
        'warren: cannot reach the Tor network of this vault: check that this machine is online and that the network runs, then try again\n',
    })
  })
})
