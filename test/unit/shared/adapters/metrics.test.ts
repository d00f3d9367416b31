import { expect, test } from 'vitest';
import { writeMetric } from '../../../../shared/adapters/metrics.ts';

test('a metric is a line of JSON; a zero comes once a quarter of an hour at the most, and at once after something else', () => {
  const lines: unknown[] = [];
  const context = { log: (line: unknown) => void lines.push(JSON.parse(String(line))) };
  const write = (value: number, now: number) =>
    writeMetric(context, { name: 'outbox-lag', subject: 'here', value }, now);
  write(0, 0);
  write(0, 899_999);
  write(0, 900_000);
  write(1_200, 900_001);
  write(0, 900_002);
  expect(lines).toEqual(
    [0, 0, 1_200, 0].map((value) => ({ metric: 'outbox-lag', subject: 'here', value, unit: 'ms' })),
  );
});

test('a metric of many things says of which one, and each has a zero of its own', () => {
  const lines: unknown[] = [];
  const context = { log: (line: unknown) => void lines.push(JSON.parse(String(line))) };
  for (const subject of ['telemetry/aggregation/0', 'telemetry/aggregation/1'])
    writeMetric(context, { name: 'consumer-lag', subject, value: 0 }, 0);
  expect(lines).toEqual([
    { metric: 'consumer-lag', subject: 'telemetry/aggregation/0', value: 0, unit: 'count' },
    { metric: 'consumer-lag', subject: 'telemetry/aggregation/1', value: 0, unit: 'count' },
  ]);
});
