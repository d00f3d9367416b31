// Telemetry aggregation against a consumer that does nothing, from the same partitions over the same wire; hub and tables in
// one process of the local Azure with everything synced to disk. Interleaved A B B A; every aggregation's totals are checked.
//   EVENTS=1000000 ROUNDS=7 BATCH=500 npm run bench -- telemetry
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { AzureNamedKeyCredential, TableClient } from '@azure/data-tables';
import { earliestEventPosition, EventHubConsumerClient, EventHubProducerClient } from '@azure/event-hubs';
import { hubReadings } from '../shared/adapters/messaging/hub-readings.ts';
import { createGuard } from '../shared/adapters/resilience/guard.ts';
import { limits } from '../shared/adapters/resilience/limits.ts';
import { tableTelemetryStore } from '../shared/adapters/tables/telemetry-store.ts';
import { aggregateReadings } from '../shared/telemetry/aggregate-readings.ts';
import { parseReading, type ReadingMessage } from '../shared/telemetry/reading.ts';
import { hourMs } from '../shared/telemetry/window.ts';
import { makeDataFolder, removeData } from '../test/support/local-azure.ts';
import { compare, type Run } from './pairs.ts';

const events = Number(process.env['EVENTS'] ?? 100_000);
const rounds = Number(process.env['ROUNDS'] ?? 7);
const devices = 1_000;
const batchSize = Number(process.env['BATCH'] ?? 500);
const begin = Math.floor(Date.now() / hourMs) * hourMs - 2 * hourMs;

type HandleBatch = (bodies: readonly Uint8Array[]) => Promise<void>;

/** One reading a device and second; each twentieth event of a device repeats one of half a minute before. */
const numberOf = (event: number): number => {
  const n = Math.floor(event / devices);
  return (event + n) % 20 === 0 ? Math.max(0, n - 30) : n;
};

/** Every storage emulator has it. */
const accountKey = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';

const readingOf = (event: number): ReadingMessage => {
  const sequence = numberOf(event);
  return {
    deviceId: `device-${event % devices}`,
    timestamp: new Date(begin + sequence * 1_000).toISOString(),
    sequence,
    values: { temperature: 20 + (sequence % 97) / 10, humidity: sequence % 50 },
  };
};

async function startServices(directory: string) {
  const args = ['--topology', 'infra/topology.json', '--directory', directory];
  const child = fork('local/supervisor/services-process.ts', args);
  const [message] = (await once(child, 'message')) as [{ ports: { amqp: number; table: number } }];
  const { amqp, table } = message.ports;
  const access = 'SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=SAS_KEY_VALUE';
  const credential = new AzureNamedKeyCredential('devstoreaccount1', accountKey);
  return {
    hub: `Endpoint=sb://localhost:${amqp};${access};UseDevelopmentEmulator=true;`,
    table: (name: string) =>
      new TableClient(`http://127.0.0.1:${table}/devstoreaccount1`, name, credential, {
        allowInsecureConnection: true,
      }),
    stop: async () => {
      child.disconnect();
      await once(child, 'exit');
    },
  };
}

async function sendAll(connection: string): Promise<void> {
  const producer = new EventHubProducerClient(connection, 'telemetry');
  const sender = hubReadings(() => producer, createGuard('event-hubs', limits['event-hubs']));
  const share = 50_000;
  for (let from = 0; from < events; from += share) {
    const count = Math.min(share, events - from);
    await sender.send(Array.from({ length: count }, (_, n) => readingOf(from + n)));
  }
  await producer.close();
}

/** Reads all partitions from their beginnings until every event has been handled. */
async function consume(connection: string, handle: HandleBatch): Promise<Run> {
  const consumer = new EventHubConsumerClient('aggregation', connection, 'telemetry');
  const cpu = process.cpuUsage();
  const begun = performance.now();
  let handled = 0;
  await new Promise<void>((resolve, reject) => {
    const handlers = {
      processEvents: async (batch: readonly { readonly body: unknown }[]) => {
        await handle(batch.map(({ body }) => body as Uint8Array)).catch(reject);
        handled += batch.length;
        if (handled >= events) resolve();
      },
      processError: async (error: Error) => reject(error),
    };
    const options = { startPosition: earliestEventPosition, maxBatchSize: batchSize, skipParsingBodyAsJson: true };
    for (const id of ['0', '1', '2', '3']) consumer.subscribe(id, handlers, options);
  });
  const wallMs = performance.now() - begun;
  const { user, system } = process.cpuUsage(cpu);
  await consumer.close();
  return { units: events, wallMs, cpuMs: (user + system) / 1_000 };
}

async function aggregate(services: Awaited<ReturnType<typeof startServices>>, name: string): Promise<Run> {
  const table = services.table(name);
  await table.createTable();
  const store = tableTelemetryStore(table, Math.random, (ms) => new Promise((resolve) => setTimeout(resolve, ms)));
  const measured = await consume(services.hub, async (bodies) => {
    const now = Date.now();
    await aggregateReadings(
      store,
      bodies.map((body) => parseReading(body, now)),
    );
  });
  for (let device = 0; device < devices; device += 37) {
    const sequences = new Set<number>();
    for (let event = device; event < events; event += devices) sequences.add(numberOf(event));
    let [count, sum] = [0, 0];
    for await (const { samples } of store.minutes(`device-${device}`, { from: begin, to: begin + 2 * hourMs })) {
      count += samples.length;
      for (const { values } of samples) sum += values['humidity'] ?? 0;
    }
    const expected = [...sequences].reduce((total, sequence) => total + (sequence % 50), 0);
    if (count !== sequences.size || sum !== expected)
      throw new Error(`device-${device}: ${count} of ${sequences.size} readings, sum ${sum}, not ${expected}`);
  }
  await table.deleteTable();
  return measured;
}

export async function run(): Promise<void> {
  const data = makeDataFolder();
  const services = await startServices(data);
  try {
    await sendAll(services.hub);
    console.log(`${events} events, ${devices} devices, 4 partitions, batches of ${batchSize}, 5 % repeated`);
    let round = 0;
    const ours = { name: 'aggregation', run: () => aggregate(services, `round${round++}`) };
    const peer = { name: 'no-op consumer', run: () => consume(services.hub, async () => {}) };
    await compare('telemetry', ours, peer, { pairs: rounds, target: 0.9, unit: 'events' });
  } finally {
    await services.stop();
    removeData(data);
  }
}
