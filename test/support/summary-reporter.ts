import type { Reporter, TestModule } from 'vitest/node';

const mostSlowFiles = 30;

/** Prints the slowest files, and `N passed, N failed` alone on the last line, for those who run the suite unattended. */
export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    let passed = 0;
    let failed = unhandledErrors.length;
    for (const module of modules) {
      if (module.state() === 'failed' && module.errors().length > 0) failed += 1;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === 'passed') passed += 1;
        if (state === 'failed') failed += 1;
      }
    }
    const slowest = modules.length > mostSlowFiles ? slowestOf(modules) : '';
    process.once('exit', () => process.stdout.write(`${slowest}${passed} passed, ${failed} failed\n`));
  }
}

function slowestOf(modules: readonly TestModule[]): string {
  const rows = modules
    .map((module) => ({ path: module.relativeModuleId, seconds: module.diagnostic().duration / 1_000 }))
    .toSorted((a, b) => b.seconds - a.seconds)
    .slice(0, mostSlowFiles)
    .map(({ path, seconds }) => `${seconds.toFixed(1).padStart(7)} s  ${path}`);
  return `The slowest files:\n${rows.join('\n')}\n`;
}
