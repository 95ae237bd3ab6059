// `npm install` leaves out of the lockfile what the registry that it asks does not carry: builds for other platforms.
// `npm ci` then refuses the whole lockfile. This writes the missing entries, by version and platform, so that the
// lockfile is the same and complete wherever it is made. Run it after every change of dependencies.
import { readFileSync, writeFileSync } from 'node:fs'

interface Entry {
  version?: string
  optional?: boolean
  os?: string[]
  cpu?: string[]
  libc?: string[]
  optionalDependencies?: Record<string, string>
}

const PATH = new URL('../package-lock.json', import.meta.url)
const OS = [
  'darwin',
  'linux',
  'win32',
  'android',
  'freebsd',
  'openbsd',
  'netbsd',
  'sunos',
  'aix',
  'openharmony',
  'wasi',
]
const CPU = ['arm64', 'x64', 'arm', 'ia32', 'ppc64', 's390x', 'riscv64', 'loong64', 'mips64el', 'wasm32']

/** The platform that a package's name tells: `cli-linux-arm64-musl`. */
function platformOf(name: string): Pick<Entry, 'os' | 'cpu' | 'libc'> {
  const words = name.replace('armv7', 'arm').split(/[-/@]/)
  const os = OS.filter((word) => words.includes(word))
  const cpu = CPU.filter((word) => words.includes(word))
  const libc = name.includes('musl') ? ['musl'] : name.includes('-gnu') ? ['glibc'] : []
  return { ...(os.length > 0 && { os }), ...(cpu.length > 0 && { cpu }), ...(libc.length > 0 && { libc }) }
}

const lock = JSON.parse(readFileSync(PATH, 'utf8')) as { packages: Record<string, Entry> }
let added = 0
for (const entry of Object.values(lock.packages))
  for (const [name, range] of Object.entries(entry.optionalDependencies ?? {})) {
    const key = `node_modules/${name}`
    if (lock.packages[key] !== undefined) continue
    const version = /\d+\.\d+\.\d+\S*/.exec(range)?.[0]
    const platform = platformOf(name)
    if (version === undefined || platform.cpu === undefined) continue
    lock.packages[key] = { version, optional: true, ...platform }
    added++
  }
lock.packages = Object.fromEntries(Object.entries(lock.packages).toSorted(([a], [b]) => (a < b ? -1 : 1)))
writeFileSync(PATH, `${JSON.stringify(lock, undefined, 2)}\n`)
process.stdout.write(`${added} entries added\n`)
