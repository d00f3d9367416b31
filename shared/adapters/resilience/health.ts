// How the app is, from what its circuits and its probes say. Pure.
import type { Circuit, CircuitReport } from './guard.ts';
import type { Dependency } from './limits.ts';

export type Status = 'ok' | 'degraded' | 'failed';

export interface Check {
  readonly status: Status;
  readonly circuit: Circuit;
  /** Until an open circuit lets a call try. */
  readonly retryAfterMs?: number;
  readonly detail?: string;
}

export interface Health {
  /** failed: nothing can be accepted. degraded: something is waiting for a dependency, which is asked again. */
  readonly status: Status;
  readonly checks: Readonly<Partial<Record<Dependency, Check>>>;
}

/** `failures`: what the probes of those dependencies said without which nothing can be accepted. */
export function summarise(
  reports: Readonly<Partial<Record<Dependency, CircuitReport>>>,
  failures: Readonly<Partial<Record<Dependency, string>>>,
): Health {
  const checks = Object.fromEntries(
    Object.entries(reports).map(([name, report]) => [name, check(report, failures[name as Dependency])]),
  );
  const statuses = Object.values(checks).map(({ status }) => status);
  const worst = (['failed', 'degraded'] as const).find((status) => statuses.includes(status));
  return { status: worst ?? 'ok', checks };
}

function check(report: CircuitReport, failure: string | undefined): Check {
  if (failure !== undefined) return { status: 'failed', ...report, detail: failure };
  return { status: report.circuit === 'closed' ? 'ok' : 'degraded', ...report };
}
