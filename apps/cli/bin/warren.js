#!/usr/bin/env node
// Plain JavaScript, so that any Node can read it: a Node older than 24 starts the pinned one that `npm ci` brought.
import { existsSync, readFileSync } from 'node:fs'
import module from 'node:module'
import { fileURLToPath } from 'node:url'

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url))
const [, , first] = process.argv

// `--version` is asked by scripts and prompts: it loads nothing.
if (first === '--version' || first === '-V')
  process.stdout.write(`${JSON.parse(readFileSync(path('../package.json'), 'utf8')).version}\n`)
else if (Number(process.versions.node.split('.')[0]) >= 24) {
  // Before the first file of TypeScript, which would otherwise be stripped anew by each command.
  module.enableCompileCache()
  await import('../src/main.ts')
} else {
  const pinned = path('../../../node_modules/.bin/node')
  if (!existsSync(pinned)) {
    process.stderr.write('warren needs Node 24 or newer. Run `npm ci` in the project: it brings one.\n')
    process.exit(1)
  }
  const { spawnSync } = await import('node:child_process')
  const program = [path('../src/main.ts'), ...process.argv.slice(2)]
  process.exit(spawnSync(pinned, program, { stdio: 'inherit' }).status ?? 1)
}
