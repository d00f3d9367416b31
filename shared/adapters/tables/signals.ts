// What was measured last, a row a signal, for every host to answer; what the next look needs of this one; and which outboxes
// could not be published.
import type { TableClient } from '@azure/data-tables';
import type { Standing } from '../../operations/consumer-position.ts';
import { type Reading, signalNames, type SignalName } from '../../operations/signals.ts';
import { orUndefined, unlessStatus, withStorage } from '../storage-errors.ts';
import { tablePage, tableRows } from './page.ts';

export interface LatestSignal {
  readonly name: SignalName;
  /** When it was measured, or was to be. */
  readonly at: string;
  /** Highest first; missing where it could not be measured. */
  readonly readings?: readonly Reading[];
  readonly failure?: string;
}

/** All throw AppError storage-unavailable. */
export interface SignalStore {
  put(latest: LatestSignal): Promise<void>;
  latest(): Promise<readonly LatestSignal[]>;
  standing(): Promise<Standing>;
  putStanding(standing: Standing): Promise<void>;
  /** This outbox could not be published. */
  suspect(partition: string): Promise<void>;
  /** Some of those that could not, at most `limit`. */
  suspects(limit: number): Promise<readonly string[]>;
  clearSuspect(partition: string): Promise<void>;
}

const latestKey = 'latest';
const outboxKey = 'outbox';
const standingKey = { partitionKey: 'standing', rowKey: 'consumers' };

/** More are not kept: a property holds 32,000 characters. */
const mostReadings = 100;

interface JsonRow {
  readonly json: string;
}

export const tableSignals = (table: TableClient): SignalStore => ({
  put: async (latest) => {
    const readings = latest.readings?.toSorted((one, other) => other.value - one.value).slice(0, mostReadings);
    const json = JSON.stringify(readings === undefined ? latest : { ...latest, readings });
    await withStorage(() => table.upsertEntity({ partitionKey: latestKey, rowKey: latest.name, json }, 'Replace'));
  },
  latest: async () => {
    const known = new Set<string>(signalNames);
    const found: LatestSignal[] = [];
    for await (const { rowKey = '', json } of tableRows<JsonRow>(table, `PartitionKey eq '${latestKey}'`))
      if (known.has(rowKey)) found.push(JSON.parse(json) as LatestSignal);
    return found;
  },
  standing: async () => {
    const { partitionKey, rowKey } = standingKey;
    const row = await orUndefined(() => table.getEntity<JsonRow>(partitionKey, rowKey));
    return row === undefined ? {} : (JSON.parse(row.json) as Standing);
  },
  putStanding: async (standing) => {
    await withStorage(() => table.upsertEntity({ ...standingKey, json: JSON.stringify(standing) }, 'Replace'));
  },
  suspect: async (partition) => {
    await withStorage(() => table.upsertEntity({ partitionKey: outboxKey, rowKey: partition }, 'Replace'));
  },
  suspects: async (limit) => {
    const { rows } = await tablePage<object>(table, `PartitionKey eq '${outboxKey}'`, { limit });
    return rows.flatMap(({ rowKey }) => rowKey ?? []);
  },
  clearSuspect: async (partition) => {
    await unlessStatus([404], () => table.deleteEntity(outboxKey, partition));
  },
});
