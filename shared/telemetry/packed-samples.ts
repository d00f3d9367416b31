// The samples of a minute in few bytes: a head with the metrics' names, then a row of doubles a sample (time, sequence, a value
// a metric). NaN stands for what a sample does not have; a value never is NaN.
import { AppError } from '../kernel/errors.ts';
import type { Sample } from './window.ts';

/** What one row of a table holds beside its keys [Table service limits: 1 MiB an entity]. */
export const mostPackedBytes = 900_000;

/** @throws AppError window-full when it would be more than a row holds */
export function packSamples(samples: readonly Sample[]): Uint8Array {
  const metrics = [...new Set(samples.flatMap(({ values }) => Object.keys(values)))].toSorted();
  const head = new TextEncoder().encode(JSON.stringify({ metrics }));
  const start = align(4 + head.length);
  const sizeBytes = start + samples.length * (2 + metrics.length) * 8;
  if (sizeBytes > mostPackedBytes) {
    throw new AppError(
      'window-full',
      `A minute with ${samples.length} readings of ${metrics.length} metrics is too much`,
    );
  }
  const packed = new Uint8Array(sizeBytes);
  const view = new DataView(packed.buffer);
  view.setUint32(0, head.length);
  packed.set(head, 4);
  let offset = start;
  const put = (value: number): void => {
    view.setFloat64(offset, value);
    offset += 8;
  };
  for (const { at, sequence, values } of samples) {
    put(at);
    put(sequence ?? Number.NaN);
    for (const metric of metrics) put(Object.hasOwn(values, metric) ? (values[metric] ?? Number.NaN) : Number.NaN);
  }
  return packed;
}

export function unpackSamples(packed: Uint8Array): Sample[] {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  const headLength = view.getUint32(0);
  const { metrics } = JSON.parse(new TextDecoder().decode(packed.subarray(4, 4 + headLength))) as { metrics: string[] };
  const samples: Sample[] = [];
  const rowBytes = (2 + metrics.length) * 8;
  for (let offset = align(4 + headLength); offset < packed.byteLength; offset += rowBytes) {
    const sequence = view.getFloat64(offset + 8);
    const values = metrics
      .map((metric, index): [string, number] => [metric, view.getFloat64(offset + 16 + index * 8)])
      .filter(([, value]) => !Number.isNaN(value));
    samples.push({
      at: view.getFloat64(offset),
      ...(Number.isNaN(sequence) ? {} : { sequence }),
      values: Object.fromEntries(values),
    });
  }
  return samples;
}

const align = (bytes: number): number => Math.ceil(bytes / 8) * 8;
