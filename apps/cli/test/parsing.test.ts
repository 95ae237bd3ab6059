import { VaultError } from '@warren/vault/protocol'
import { describe, expect, test } from 'vitest'
import { homePaths } from '../src/device/home.ts'
import { EXIT, exitCodeOf, UsageError } from '../src/exit.ts'
import { byteRange } from '../src/files/byte-range.ts'
import { localError } from '../src/files/local-error.ts'
import { formatBytes, formatSeconds, formatTable } from '../src/format.ts'
import { ProgressMeter } from '../src/progress.ts'
import { parseRemoteEntry, parseRemotePath } from '../src/remote-path.ts'
import { printable, type Terminal } from '../src/terminal.ts'
import { untilOf } from '../src/until.ts'

describe('remote paths', () => {
  test.each([
    ['family', 'family', '', true],
    ['/family/', 'family', '', true],
    ['family/a', 'family', 'a', false],
    ['/family@Bob/a/b/', 'family@Bob', 'a/b', true],
  ])('%s', (text, space, path, isFolder) => {
    expect(parseRemotePath(text)).toEqual({ space, path, isFolder })
  })

  test('what names nothing, or no entry, is wrong usage', () => {
    expect(() => parseRemotePath('/')).toThrow(UsageError)
    expect(() => parseRemoteEntry('family/')).toThrow(UsageError)
    expect(() => parseRemotePath('family/../x')).toThrow(VaultError)
  })
})

test.each([
  [undefined, 0, 100],
  ['0-9', 0, 10],
  ['90-200', 90, 100],
  ['90-', 90, 100],
  ['-10', 90, 100],
  ['-200', 0, 100],
])('byte range %s', (text, from, to) => {
  expect(byteRange(text, 100)).toEqual({ from, to })
})

test.each(['', '-', 'a-b', '9-0', '100-', '1-2-3'])('byte range %s is refused', (text) => {
  expect(() => byteRange(text, 100)).toThrow(UsageError)
})

test('until: a date to come, or a span', () => {
  expect(untilOf('1970-01-02', 0)).toBe(86_400_000)
  expect(untilOf('12h', 5)).toBe(5 + 12 * 3_600_000)
  expect(() => untilOf('1970-01-01', 1)).toThrow(UsageError)
  expect(() => untilOf('soon', 0)).toThrow(UsageError)
})

test('exit codes by what happened', () => {
  const codes = {
    'vault/name': EXIT.error,
    'vault/forbidden': EXIT.notAuthorised,
    'vault/not-found': EXIT.notFound,
    'vault/conflict': EXIT.conflict,
    'vault/file-changed': EXIT.conflict,
    'vault/content': EXIT.integrity,
    'vault/rollback': EXIT.integrity,
    'vault/wrong-share': EXIT.integrity,
    'vault/unreachable': EXIT.unreachable,
    'vault/disk-full': EXIT.error,
    'vault/local-disk': EXIT.error,
  } as const
  for (const [code, exit] of Object.entries(codes))
    expect([code, exitCodeOf(new VaultError(code as keyof typeof codes, 'x'))]).toEqual([code, exit])
  expect(exitCodeOf(new UsageError('x'))).toBe(EXIT.usage)
  expect(exitCodeOf(new TypeError('x'))).toBe(EXIT.error)
})

test('what the file system says becomes one sentence: a full disk is not an unreachable vault', () => {
  const full = localError('/x', Object.assign(new Error('write'), { code: 'ENOSPC' }))
  expect(full.message).toMatch(/disk is full/)
  expect(exitCodeOf(full)).toBe(EXIT.error)
  expect(exitCodeOf(localError('/x', Object.assign(new Error('open'), { code: 'ENOENT' })))).toBe(
    EXIT.notFound,
  )
})

test('bytes, times and tables for people', () => {
  expect([0, 999, 1024, 1536, 2 ** 30].map(formatBytes)).toEqual([
    '0 B',
    '999 B',
    '1.0 KiB',
    '1.5 KiB',
    '1.0 GiB',
  ])
  expect([1, 95, 3700].map(formatSeconds)).toEqual(['1 s', '1 min 35 s', '1 h 1 min'])
  expect(
    formatTable([
      ['a', 'b'],
      ['long', 'c'],
    ]),
  ).toEqual(['a     b', 'long  c'])
})

test('the texts of others do not steer the terminal', () => {
  expect(printable('a\u001b[2Jb\u202ec\nd')).toBe('a\ufffd[2Jb\ufffdc\nd')
})

test('progress shows rate and time left', () => {
  let now = 0
  const shown: string[] = []
  const terminal = { progress: (line: string) => shown.push(line) } as unknown as Terminal
  const clock = { now: () => now, monotonic: () => now, sleep: () => Promise.resolve() }
  const meter = new ProgressMeter(terminal, clock, 'storing', 10 * 2 ** 20)
  now = 1000
  meter.addBytes(2 * 2 ** 20)
  expect(shown.at(-1)).toBe('storing 0 files, 2.0 MiB of 10.0 MiB, 2.0 MiB/s, 4 s left')
})

test('a home: the flag, then the variable, then the XDG directories', () => {
  expect(homePaths('/a', { WARREN_HOME: '/b' }).state).toBe('/a/state')
  expect(homePaths(undefined, { WARREN_HOME: '/b' }).config).toBe('/b/config')
  expect(homePaths(undefined, { XDG_STATE_HOME: '/s', XDG_CONFIG_HOME: 'relative' })).toMatchObject({
    state: '/s/warren',
    config: expect.stringMatching(/\/\.config\/warren$/) as string,
  })
})
