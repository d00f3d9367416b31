import { defineConfig } from 'vitest/config';

const project = (name: string, testTimeout: number, isolate: boolean) => ({
  extends: true as const,
  test: { name, include: [`test/${name}/**/*.test.ts`], testTimeout, hookTimeout: testTimeout, isolate },
});

export default defineConfig({
  test: {
    projects: [
      project('unit', 10_000, false),
      // They replace modules, which no other file may see.
      project('model', 60_000, true),
      project('consistency', 30_000, false),
      project('contract', 60_000, true),
      project('host', 60_000, true),
      project('e2e', 180_000, true),
      project('faults', 300_000, true),
    ],
    reporters: ['default', './test/support/summary-reporter.ts'],
    maxWorkers: 2,
  },
});
