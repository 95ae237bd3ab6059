import { enableCompileCache, getCompileCacheDir } from 'node:module'
import manifest from '../package.json' with { type: 'json' }

enableCompileCache()
// Threads do not inherit it otherwise: each would read and strip every file again.
process.env['NODE_COMPILE_CACHE'] ??= getCompileCacheDir() ?? ''

// `--version` is asked by scripts and prompts: it loads nothing.
if (process.argv[2] === '--version' || process.argv[2] === '-V') process.stdout.write(`${manifest.version}\n`)
else process.exitCode = await (await import('./program.ts')).main(process.argv.slice(2), manifest.version)
