// How long `npm start` takes until every trigger listens: seven starts on empty data, everything synced to disk. The first order
// is placed and completed in each, so that "ready" is not said too early.
import { apiClient } from '../test/support/api-client.ts';
import { makeDataFolder, removeData, startLocalAzure } from '../test/support/local-azure.ts';
import { validOrder } from '../test/support/order-requests.ts';

const rounds = 7;

async function start(): Promise<{ readyMs: number; orderMs: number }> {
  const data = makeDataFolder();
  const begun = performance.now();
  const azure = await startLocalAzure(data);
  const readyMs = performance.now() - begun;
  const api = apiClient(azure.url);
  const { status } = await api.settled(await api.place(validOrder()));
  const orderMs = performance.now() - begun - readyMs;
  await azure.stop();
  removeData(data);
  if (status !== 'completed') throw new Error(`the first order ended as ${status}`);
  return { readyMs, orderMs };
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

function report(what: string, values: readonly number[]): void {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  console.log(
    `${what}: median ${median(values).toFixed(0)} ms (${low.toFixed(0)} to ${high.toFixed(0)}, ${values.length} starts)`,
  );
}

export async function run(): Promise<void> {
  const starts: { readyMs: number; orderMs: number }[] = [];
  for (let round = 0; round < rounds; round += 1) starts.push(await start());
  report(
    'start to ready',
    starts.map(({ readyMs }) => readyMs),
  );
  report(
    'first order to completed',
    starts.map(({ orderMs }) => orderMs),
  );
}
