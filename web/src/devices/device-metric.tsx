import { useMemo, useState } from 'preact/hooks';
import { points } from '../api/telemetry.ts';
import { useAnswer } from '../use-answer.ts';
import { MetricChart } from './metric-chart.tsx';

/** Windows become final without a new reading, so the list's row does not tell of it. */
const everyMs = 10_000;

interface DeviceMetricProps {
  readonly deviceId: string;
  readonly lastSeenAt: string | undefined;
}

export function DeviceMetric({ deviceId, lastSeenAt }: DeviceMetricProps) {
  const { value, error } = useAnswer(() => points(deviceId), `${lastSeenAt}`, everyMs);
  const [wished, wish] = useState('');
  const metrics = [...new Set(value?.points.map(({ metric }) => metric))].toSorted();
  const metric = metrics.includes(wished) ? wished : metrics.at(-1);
  const shown = useMemo(() => value?.points.filter((point) => point.metric === metric) ?? [], [value, metric]);
  return (
    <>
      <p class="bar">
        <span class="name">{deviceId}, by the minute</span>
        <label>
          Metric{' '}
          <select value={metric ?? ''} onChange={(event) => wish(event.currentTarget.value)}>
            {metrics.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
      </p>
      <MetricChart points={shown} label={`${metric ?? 'No metric'} of ${deviceId}`} />
      <p class="quiet" role="status">
        {error ??
          `Mean, and minimum to maximum, of ${shown.length} minutes; ${shown.filter(({ final }) => final).length} are final.`}
      </p>
    </>
  );
}
