// The orchestrator of an import, driven by hand: what it still does after a page that no retry brings through.
import { expect, test, vi } from 'vitest';

type Drive = (context: object) => Generator<unknown, unknown, unknown>;

const held = vi.hoisted(() => ({ orchestrator: undefined as unknown }));
vi.mock('durable-functions', () => ({
  RetryOptions: function RetryOptions() {},
  app: { orchestration: (_name: string, orchestrator: unknown) => void (held.orchestrator = orchestrator) },
}));
await import('../../functions/imports/sales-import.ts');

const input = { importId: 'i-1', tillId: 't', fileId: 'f', sales: 600, pageSize: 250 };

interface Call {
  readonly activity: string;
  readonly input: object;
}

/** The import at its second page, and what it has asked for. */
function atSecondPage() {
  const calls: Call[] = [];
  const df = {
    getInput: () => input,
    callActivityWithRetry: (activity: string, _retry: object, given: object) => calls.push({ activity, input: given }),
  };
  const run = (held.orchestrator as Drive)({ df });
  run.next();
  run.next({ outcome: 'placed', placed: 249, rejected: { count: 1, listed: [] } });
  return { run, calls };
}

test('a page that still throws after its last try ends the import with a summary of what was placed', () => {
  const { run, calls } = atSecondPage();
  run.throw(new Error('the storage does not answer'));
  expect(calls.map(({ activity }) => activity)).toEqual(['place-sales', 'place-sales', 'report-sales-import']);
  expect(calls[2]?.input).toMatchObject({
    ...input,
    tally: { placed: 249, rejected: { count: 1 } },
    gaveUp: 'the storage does not answer',
  });
  expect(run.next('reported')).toEqual({ done: true, value: { placed: 249, gaveUp: 'the storage does not answer' } });
});

test('a page that no repeat mends fails the import, which becomes a dead letter', () => {
  const { run } = atSecondPage();
  expect(() => run.next({ outcome: 'failed', detail: 'import-file-missing' })).toThrow('import-file-missing');
});
