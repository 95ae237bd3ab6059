/**
 * `npm run demo`: the main job from end to end, on real files, between real processes. With `--private` the vault is
 * reached only through a private Tor network, which needs Debian's package tor.
 */
import { rmSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatBytes, formatSeconds } from '../format.ts'
import { PrivateStory } from './private-story.ts'
import { endAll } from './processes-node.ts'
import { Story } from './story.ts'

const MIB = 1024 * 1024
const FOLDER = { folders: 12, filesPerFolder: 25, largeBytes: 200 * MIB }

interface Result {
  name: string
  ok: boolean
  ms: number
  [detail: string]: unknown
}

function describe({ name, ok, ms, error, files, bytes }: Result): string {
  const compared =
    typeof files === 'number' && typeof bytes === 'number' ? ` (${files} files, ${formatBytes(bytes)})` : ''
  const failure = typeof error === 'string' ? `\n  ${error}` : ''
  return `${ok ? '✔' : '✘'} ${name}${compared}, ${formatSeconds(ms / 1000)}${failure}`
}

async function tell(asJson: boolean, isPrivate: boolean): Promise<boolean> {
  const directory = await mkdtemp(join(tmpdir(), 'warren-demo-'))
  const story = isPrivate ? new PrivateStory(directory) : new Story(directory, FOLDER)
  const results: Result[] = []
  const interrupted = () => {
    endAll()
    rmSync(directory, { recursive: true, force: true })
    process.exit(130)
  }
  process.once('SIGINT', interrupted)
  process.once('SIGTERM', interrupted)
  try {
    for (const step of story.steps()) {
      const started = performance.now()
      const took = () => Math.round(performance.now() - started)
      try {
        const detail = (await step.run()) ?? {}
        results.push({ name: step.name, ok: true, ms: took(), ...detail })
      } catch (error) {
        const text = error instanceof Error ? error.message : String(error)
        results.push({ name: step.name, ok: false, ms: took(), error: text })
      }
      const last = results.at(-1) as Result
      if (!asJson) process.stdout.write(`${describe(last)}\n`)
      if (!last.ok) break
    }
  } finally {
    await story.stop().catch(() => undefined)
    endAll()
    await rm(directory, { recursive: true, force: true })
  }
  const ok = results.every((result) => result.ok)
  if (asJson) process.stdout.write(`${JSON.stringify({ schema: 'warren.demo/1', ok, steps: results })}\n`)
  return ok
}

process.exitCode = (await tell(process.argv.includes('--json'), process.argv.includes('--private'))) ? 0 : 1
