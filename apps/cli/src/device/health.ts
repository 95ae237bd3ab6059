import { lstat, readdir, stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { systemClock } from '@warren/primitives/clock'
import { VaultApi } from '@warren/vault/client'
import { formatBytes, formatSeconds } from '../format.ts'
import type { Terminal } from '../terminal.ts'
import { errorText } from '../terminal.ts'
import { clientEnvironment } from './environment.ts'
import { type DeviceRecord, Home, type HomePaths } from './home.ts'

export interface Finding {
  verdict: 'ok' | 'warning' | 'wrong'
  about: string
  text: string
  advice?: string
}

const LOW_DISK_BYTES = 512 * 1024 * 1024
/** Requests carry a time, and the vault refuses one that is too far from its own (docs/formats/identity.md). */
const CLOCK_TOLERANCE_MS = 60_000
const CLOCK_LIMIT_MS = 240_000
const NODE_MAJOR = 24

function checkNode(): Finding {
  const major = Number(process.versions.node.split('.')[0])
  return {
    about: 'Node',
    text: process.versions.node,
    ...(major >= NODE_MAJOR
      ? { verdict: 'ok' as const }
      : { verdict: 'wrong' as const, advice: `warren needs ${NODE_MAJOR} or newer` }),
  }
}

/** Everything below a directory of ours that group or others may touch. */
async function looseFiles(directory: string): Promise<string[]> {
  const loose: string[] = []
  if (process.platform === 'win32') return loose
  if (((await stat(directory)).mode & 0o077) !== 0) loose.push(directory)
  for (const name of await readdir(directory)) {
    const path = join(directory, name)
    const stats = await lstat(path)
    if (stats.isDirectory()) loose.push(...(await looseFiles(path)))
    else if ((stats.mode & 0o077) !== 0) loose.push(path)
  }
  return loose
}

async function checkPermissions(paths: HomePaths): Promise<Finding> {
  const loose = [...(await looseFiles(paths.config)), ...(await looseFiles(paths.state))]
  if (loose.length === 0)
    return { verdict: 'ok', about: 'permissions', text: 'nobody else may touch the home' }
  return {
    verdict: 'wrong',
    about: 'permissions',
    text: `others may touch ${loose.slice(0, 5).join(', ')}${loose.length > 5 ? ' …' : ''}`,
    advice: 'chmod go= them; if others use this machine, take the keys for known and remove this device',
  }
}

async function checkDisk(paths: HomePaths): Promise<Finding> {
  const { bavail, bsize } = await statfs(paths.state)
  const free = bavail * bsize
  const text = `${formatBytes(free)} free`
  return free >= LOW_DISK_BYTES
    ? { verdict: 'ok', about: 'disk', text }
    : { verdict: 'warning', about: 'disk', text, advice: 'make room' }
}

async function checkVault(paths: HomePaths, record: DeviceRecord, terminal: Terminal): Promise<Finding[]> {
  const environment = clientEnvironment(paths, record.url, () => Promise.resolve(record.suite), terminal)
  try {
    const started = systemClock.monotonic()
    const vault = await new VaultApi(environment).vault()
    const tookMs = systemClock.monotonic() - started
    const reached: Finding = {
      verdict: 'ok',
      about: 'vault',
      text: `${record.url} answers in ${Math.round(tookMs)} ms, version ${vault.version}`,
    }
    const same: Finding =
      vault.id === record.vault
        ? { verdict: 'ok', about: 'identity', text: 'it is the vault of this device' }
        : {
            verdict: 'wrong',
            about: 'identity',
            text: 'another vault answers at this address than the one of this device',
            advice: 'ask whoever runs it; nothing is sent to it that it could use',
          }
    const offMs = Math.abs(vault.nowMs - (systemClock.now() - tookMs / 2))
    const clock = { about: 'clock', text: `${formatSeconds(offMs / 1000)} from the vault's` }
    if (offMs < CLOCK_TOLERANCE_MS) return [reached, same, { verdict: 'ok', ...clock }]
    return [
      reached,
      same,
      {
        verdict: offMs < CLOCK_LIMIT_MS ? 'warning' : 'wrong',
        ...clock,
        advice: 'set the clock of this machine',
      },
    ]
  } catch (error) {
    return [{ verdict: 'wrong', about: 'vault', text: errorText(error, false) }]
  } finally {
    environment.transport.close()
  }
}

async function checkRecord(home: Home): Promise<{ finding: Finding; record: DeviceRecord | undefined }> {
  try {
    const record = await home.record()
    const text =
      record?.account === undefined
        ? 'this device has no account yet'
        : `${record.device.name}, keys: ${record.keystore}`
    return { finding: { verdict: record === undefined ? 'warning' : 'ok', about: 'device', text }, record }
  } catch (error) {
    return {
      finding: { verdict: 'wrong', about: 'device', text: errorText(error, false) },
      record: undefined,
    }
  }
}

/** Looks at everything that a command stands on, without the keys. What is wrong does not stop the looking. */
export async function findings(paths: HomePaths, terminal: Terminal): Promise<Finding[]> {
  const home = await Home.open(paths)
  const { finding, record } = await checkRecord(home)
  const found = [checkNode(), await checkPermissions(paths), await checkDisk(paths), finding]
  if (record !== undefined) found.push(...(await checkVault(paths, record, terminal)))
  return found
}
