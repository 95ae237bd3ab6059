import { execFile } from 'node:child_process'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { TorAddress } from './torrc.ts'

const run = promisify(execFile)

/** A relay whose keys are being made. */
export interface Planned extends TorAddress {
  nickname: string
  directory: string
  fingerprint: string
}

/** Makes a relay's identity, and notes its fingerprint. */
export async function makeIdentity(planned: Planned): Promise<void> {
  await mkdir(planned.directory, { recursive: true, mode: 0o700 })
  // A directory authority must be named for `--list-fingerprint` to run in test mode; it is not contacted.
  const { stdout } = await run('tor', [
    '--list-fingerprint',
    '--hush',
    '--ignore-missing-torrc',
    '-f',
    join(planned.directory, 'none'),
    '--DataDirectory',
    planned.directory,
    '--Nickname',
    planned.nickname,
    '--ORPort',
    String(planned.orPort),
    '--Address',
    planned.address,
    '--AssumeReachable',
    '1',
    '--DirAuthority',
    `none 127.0.0.1:1 ${'F'.repeat(40)}`,
    '--PublishServerDescriptor',
    '0',
  ])
  // Warnings come before it on the same stream.
  const line = stdout.split('\n').find((one) => one.startsWith(`${planned.nickname} `)) ?? ''
  planned.fingerprint = line.slice(planned.nickname.length).replaceAll(/\s/g, '')
  if (!/^[0-9A-F]{40}$/.test(planned.fingerprint))
    throw new Error(`tor --list-fingerprint of ${planned.nickname} printed no fingerprint`)
}

/** Makes an authority's long-term key, signing key and certificate; the fingerprint of the long-term key. */
export async function makeAuthority(planned: Planned, dirPort: number): Promise<string> {
  const keys = join(planned.directory, 'keys')
  await mkdir(keys, { recursive: true, mode: 0o700 })
  const path = (name: string) => join(keys, name)
  const child = run('tor-gencert', [
    '--create-identity-key',
    '-m',
    '12',
    '--passphrase-fd',
    '0',
    '-a',
    `${planned.address}:${dirPort}`,
    '-i',
    path('authority_identity_key'),
    '-s',
    path('authority_signing_key'),
    '-c',
    path('authority_certificate'),
  ])
  child.child.stdin?.end('unsecured test network\n')
  await child
  const certificate = await readFile(path('authority_certificate'), 'utf8')
  const fingerprint = /^fingerprint ([0-9A-F]{40})$/m.exec(certificate)?.[1]
  if (fingerprint === undefined) throw new Error('tor-gencert wrote no fingerprint')
  return fingerprint
}
