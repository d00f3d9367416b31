// Telemetry windows on Table Storage. A device's partition holds its state (row `device`, whose ETag guards every change), a row
// a minute with the readings and a row a rolled-up hour. Two partitions beside them list the devices and, oldest first, the
// hours that wait for their roll-up.
import {
  odata,
  type TableClient,
  type TableEntity,
  type TableEntityResult,
  type TransactionAction,
} from '@azure/data-tables';
import { AppError } from '../../kernel/errors.ts';
import { packSamples, unpackSamples } from '../../telemetry/packed-samples.ts';
import type { Statistics } from '../../telemetry/statistics.ts';
import type { Span, StoredWindows, TelemetryStore, WindowsChange } from '../../telemetry/telemetry-store.ts';
import type { Sample } from '../../telemetry/window.ts';
import { orUndefined, statusOf, unlessStatus, withStorage } from '../storage-errors.ts';
import { recentWindows } from './recent-windows.ts';
import { tablePage } from './page.ts';
import {
  bytesEntity,
  bytesOf,
  deviceEntity,
  deviceKey,
  type DeviceRow,
  devicesPartition,
  deviceState,
  hourKey,
  minuteKey,
  openHourKey,
  openHourOf,
  openHoursPartition,
  startOf,
} from './telemetry-rows.ts';

const attempts = 20;

export function tableTelemetryStore(
  table: TableClient,
  jitter: () => number,
  wait: (ms: number) => Promise<void>,
): TelemetryStore {
  const recent = recentWindows();
  return {
    change: async (deviceId, span, decide) => {
      for (let attempt = 1; attempt <= attempts; attempt += 1) {
        const { stored, etag } = recent.find(deviceId, span) ?? (await readWindows(table, deviceId, span));
        const change = decide(stored);
        if (change === undefined) return false;
        recent.forget(deviceId);
        await announce(table, deviceId, stored, change);
        const written = await writeChange(table, deviceId, etag, change);
        if (written !== undefined) {
          recent.keep(deviceId, change, written);
          return true;
        }
        await wait(jitter() * 10 * attempt);
      }
      throw new AppError('concurrent-change', `Device ${deviceId} is being changed by others; try again`);
    },
    device: async (deviceId) => {
      const row = await deviceRow(table, deviceId);
      return row && deviceState(row);
    },
    minutes: (deviceId, span) => minutes(table, deviceId, span),
    async *hours(deviceId, { from, to }) {
      for await (const row of rows(table, deviceId, hourKey(from), hourKey(to))) {
        const statistics = JSON.parse(new TextDecoder().decode(bytesOf(row))) as Record<string, Statistics>;
        yield { start: startOf(row.rowKey), statistics: new Map(Object.entries(statistics)) };
      }
    },
    async *openHours(before) {
      for await (const row of rows(table, openHoursPartition, 'hour-', hourKey(before))) {
        yield { ...openHourOf(row.rowKey), version: row.etag };
      }
    },
    forgetOpenHour: async ({ deviceId, hour, version: etag }) => {
      const key = openHourKey(hour, deviceId);
      await unlessStatus([404, 412], () => table.deleteEntity(openHoursPartition, key, { etag }));
    },
    devices: async (page) => {
      const { rows: found, ...rest } = await tablePage(table, odata`PartitionKey eq ${devicesPartition}`, page);
      const summary = async (deviceId: string) => {
        const row = await deviceRow(table, deviceId);
        return { deviceId, ...(row && { lastSeenAt: row.newestAt }) };
      };
      return { items: await Promise.all(found.map(({ rowKey }) => summary(rowKey ?? ''))), ...rest };
    },
  };
}

const deviceRow = (table: TableClient, deviceId: string): Promise<TableEntityResult<DeviceRow> | undefined> =>
  orUndefined(() => table.getEntity<DeviceRow>(deviceId, deviceKey));

/** The state is read before the minutes: a change between the two shows in its ETag when the next one is written. */
async function readWindows(
  table: TableClient,
  deviceId: string,
  span: Span,
): Promise<{ stored: StoredWindows; etag: string | undefined }> {
  const row = await deviceRow(table, deviceId);
  const stored = new Map<number, readonly Sample[]>();
  if (row !== undefined) {
    for await (const { start, samples } of minutes(table, deviceId, span)) stored.set(start, samples);
  }
  return { stored: { device: row && deviceState(row), minutes: stored }, etag: row?.etag };
}

async function* minutes(table: TableClient, deviceId: string, { from, to }: Span) {
  for await (const row of rows(table, deviceId, minuteKey(from), minuteKey(to))) {
    yield { start: startOf(row.rowKey), samples: unpackSamples(bytesOf(row)) };
  }
}

type Row = Readonly<Record<string, unknown>> & { readonly rowKey: string; readonly etag: string };

/** The rows of a partition in the order of their keys, from inclusive, to exclusive. */
async function* rows(table: TableClient, partition: string, from: string, to: string): AsyncGenerator<Row> {
  const filter = odata`PartitionKey eq ${partition} and RowKey ge ${from} and RowKey lt ${to}`;
  const pages = table.listEntities({ queryOptions: { filter } }).byPage();
  for (;;) {
    const page = await withStorage(() => pages.next());
    if (page.done === true) return;
    yield* page.value as unknown as Row[];
  }
}

/** Lists a new device and marks the hours that the change opens: before it is written, so that none is ever overlooked. */
async function announce(
  table: TableClient,
  deviceId: string,
  { device }: StoredWindows,
  change: WindowsChange,
): Promise<void> {
  const put = (partitionKey: string, rowKey: string): Promise<unknown> =>
    withStorage(() => table.upsertEntity({ partitionKey, rowKey }, 'Replace'));
  const opened = change.device.openHours.filter((hour) => !device?.openHours.includes(hour));
  await Promise.all([
    ...(device === undefined ? [put(devicesPartition, deviceId)] : []),
    ...opened.map((hour) => put(openHoursPartition, openHourKey(hour, deviceId))),
  ]);
}

/** Bytes of one transaction, in which binary goes as base64 [Table service limits: 4 MiB and 100 rows]. */
const batchBytes = 2_800_000;

/**
 * Writes the rows with the device's state; more than a transaction takes goes in several, each of them good by itself.
 * Answers the new ETag, undefined when another writer was quicker: what is written by then is found when the change is decided
 * again.
 */
async function writeChange(
  table: TableClient,
  deviceId: string,
  etag: string | undefined,
  { device, minutes: changed, hour }: WindowsChange,
): Promise<string | undefined> {
  const state = deviceEntity(deviceId, device);
  let known = etag;
  let batch: TableEntity[] = [];
  let sizeBytes = 0;
  const flush = async (): Promise<string | undefined> => {
    const first: TransactionAction =
      known === undefined ? ['create', state] : ['update', state, 'Replace', { etag: known }];
    const rest = batch.map((row): TransactionAction => ['upsert', row, 'Replace']);
    known = await submit(table, [first, ...rest]);
    [batch, sizeBytes] = [[], 0];
    return known;
  };
  const contents = [...changed].map(([start, samples]): [string, Uint8Array] => [
    minuteKey(start),
    packSamples(samples),
  ]);
  if (hour !== undefined) {
    const json = JSON.stringify(Object.fromEntries(hour.statistics));
    contents.push([hourKey(hour.start), new TextEncoder().encode(json)]);
  }
  for (const [key, bytes] of contents) {
    if (batch.length > 0 && sizeBytes + bytes.length > batchBytes && (await flush()) === undefined) return undefined;
    batch.push(bytesEntity(deviceId, key, bytes));
    sizeBytes += bytes.length;
  }
  return await flush();
}

/** The new ETag of the device's state, the batch's first row; undefined when another writer was quicker. */
async function submit(table: TableClient, batch: TransactionAction[]): Promise<string | undefined> {
  try {
    // In the order of the batch: the answer to an update does not name its row.
    const { subResponses } = await withStorage(() => table.submitTransaction(batch));
    const etag = subResponses[0]?.etag;
    if (etag === undefined) throw new Error('The table gave no ETag for what it wrote');
    return etag;
  } catch (error) {
    if ([409, 412].includes(statusOf(error) ?? 0)) return undefined;
    throw error;
  }
}
