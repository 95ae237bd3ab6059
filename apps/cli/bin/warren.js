#!/usr/bin/env node
// Plain JavaScript, so that any Node can read it: a Node older than 24 starts the pinned one that `npm ci` brought.
import { spawnSync } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

if (Number(process.versions.node.split('.')[0]) >= 24) await import('../src/main.ts')
else {
  const here = dirname(realpathSync(fileURLToPath(import.meta.url)))
  const pinned = join(here, '../../../node_modules/.bin/node')
  if (!existsSync(pinned)) {
    process.stderr.write('warren needs Node 24 or newer. Run `npm ci` in the project: it brings one.\n')
    process.exit(1)
  }
  const run = spawnSync(pinned, [join(here, '../src/main.ts'), ...process.argv.slice(2)], {
    stdio: 'inherit',
  })
  process.exit(run.status ?? 1)
}
