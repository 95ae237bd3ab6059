import { enableCompileCache } from 'node:module'
import manifest from '../package.json' with { type: 'json' }

enableCompileCache()

// `--version` is asked by scripts and prompts: it loads nothing.
if (process.argv[2] === '--version' || process.argv[2] === '-V') process.stdout.write(`${manifest.version}\n`)
else process.exitCode = await (await import('./program.ts')).main(process.argv.slice(2), manifest.version)
