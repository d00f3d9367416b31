// A metric is one structured line of the log: Application Insights keeps it as a trace, whose message an alert reads with
// parse_json; locally it stands in the host's output. The signals of infra/signals.json are all there are.
import type { InvocationContext } from '@azure/functions';
import { type Reading, signals } from '../operations/signals.ts';

/** Nothing waits: said once in so long, so that the metric is known to be watched. */
const quietMs = 15 * 60_000;
const quietSince = new Map<string, number>();

/** Writes the value, in the signal's unit; a zero once a quarter of an hour at the most. */
export function writeMetric(
  context: Pick<InvocationContext, 'log'>,
  { name, subject, value }: Reading,
  now = Date.now(),
): void {
  const key = `${name} ${subject ?? ''}`;
  const since = quietSince.get(key);
  if (value === 0 && since !== undefined && now - since < quietMs) return;
  if (value === 0) quietSince.set(key, now);
  else quietSince.delete(key);
  context.log(
    JSON.stringify({ metric: name, ...(subject === undefined ? {} : { subject }), value, unit: signals[name].unit }),
  );
}
