import { defineConfig } from 'vitest/config'

/** Slow suites have projects of their own, so that `vitest run --project unit` stays quick. */
const slow = { testTimeout: 180_000, hookTimeout: 180_000 }

export default defineConfig({
  test: {
    reporters: process.env['CI'] === 'true' ? ['default'] : ['dot'],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['packages/*/test/**/*.test.ts', 'apps/*/test/**/*.test.ts', 'bench/test/**/*.test.ts'],
          testTimeout: 30_000,
        },
      },
      { test: { name: 'scenarios', include: ['test/scenarios/**/*.test.ts'], ...slow } },
      { test: { name: 'interop', include: ['test/interop/**/*.test.ts'], ...slow } },
      { test: { name: 'faults', include: ['test/faults/**/*.test.ts'], ...slow } },
    ],
  },
})
