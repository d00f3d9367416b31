// A metric is one structured line of the log: Application Insights keeps it as a trace, whose message an alert reads with
// parse_json; locally it stands in the host's output.
import type { InvocationContext } from '@azure/functions';

/** Nothing waits: said once in so long, so that the metric is known to be watched. */
const quietMs = 60_000;
const quietSince = new Map<string, number>();

/** Writes the value; a zero once a minute at the most. `unit` is the metric's: ms, count. */
export function writeMetric(
  context: Pick<InvocationContext, 'log'>,
  metric: string,
  value: number,
  unit: 'ms' | 'count',
  now = Date.now(),
): void {
  const since = quietSince.get(metric);
  if (value === 0 && since !== undefined && now - since < quietMs) return;
  if (value === 0) quietSince.set(metric, now);
  else quietSince.delete(metric);
  context.log(JSON.stringify({ metric, value, unit }));
}
