import { expect, test } from 'vitest';
import { summarise } from '../../../../../shared/adapters/resilience/health.ts';

const closed = { circuit: 'closed' } as const;
const open = { circuit: 'open', retryAfterMs: 3_000 } as const;

test('everything answers: ok', () => {
  expect(summarise({ storage: closed, payments: closed }, {})).toEqual({
    status: 'ok',
    checks: { storage: { status: 'ok', circuit: 'closed' }, payments: { status: 'ok', circuit: 'closed' } },
  });
});

test.each([open, { circuit: 'half-open' } as const])('a circuit that is $circuit: degraded', (report) => {
  expect(summarise({ storage: closed, payments: report }, {})).toEqual({
    status: 'degraded',
    checks: { storage: { status: 'ok', circuit: 'closed' }, payments: { status: 'degraded', ...report } },
  });
});

test('a probe that failed: failed, whatever its circuit says, and why', () => {
  const health = summarise({ storage: closed, payments: open }, { storage: 'no answer' });
  expect(health.status).toBe('failed');
  expect(health.checks.storage).toEqual({ status: 'failed', circuit: 'closed', detail: 'no answer' });
});
