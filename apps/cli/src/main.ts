import { enableCompileCache, getCompileCacheDir } from 'node:module'
import manifest from '../package.json' with { type: 'json' }

// bin/warren.js has done so already, if that was the way here.
enableCompileCache()
// Threads do not inherit it otherwise: each would read and strip every file again.
process.env['NODE_COMPILE_CACHE'] ??= getCompileCacheDir() ?? ''

process.exitCode = await (await import('./program.ts')).main(process.argv.slice(2), manifest.version)
