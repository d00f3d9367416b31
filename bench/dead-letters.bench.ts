// Ten thousand dead letters resubmitted by one batch at 200 a second, on the whole local Azure as a user starts it: the rate that comes
// of it, what the batch's own progress says, and the host's memory from its warm-up to the end.
//   LETTERS=10000 RATE=200 npm run bench -- dead-letters
import { execFileSync } from 'node:child_process';
import { setTimeout as pass } from 'node:timers/promises';
import type { Arrival } from '../shared/dead-letters/arrival.ts';
import { queues } from '../shared/kernel/topology.ts';
import { apiClient } from '../test/support/api-client.ts';
import { givenArrival } from '../test/support/given-letter.ts';
import { loadLetters } from '../test/support/load-letters.ts';
import { makeDataFolder, removeData, startLocalAzure } from '../test/support/local-azure.ts';
import { statusQuery } from '../test/support/order-status-asker.ts';

const letters = Number(process.env['LETTERS'] ?? 10_000);
const ratePerSecond = Number(process.env['RATE'] ?? 200);
/** Of the batch: by then every path has run some thousand times. */
const warmUp = 0.3;

interface Batch {
  readonly state: string;
  readonly total?: number;
  readonly done: number;
  readonly failed: number;
}

const residentMb = (pid: number): number =>
  Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) / 1024;

function unanswered(n: number): Arrival {
  const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
  const { body, subject = '' } = statusQuery('bench', { orderId: `o-${n}`, expiresAt });
  const optional = { subject, replyTo: queues.orderReplies, replyToSessionId: `bench-${n % 50}` };
  const id = `query-${n}`;
  const failed = { sourceEntity: queues.orderQueries, reason: 'internal-error', description: 'A fault of ours' };
  return givenArrival({ ...failed, messageId: id, originalId: id, properties: {}, optional, body: body as Buffer });
}

export async function run(): Promise<void> {
  const data = makeDataFolder();
  const azure = await startLocalAzure(data);
  try {
    const api = apiClient(azure.url);
    await loadLetters(
      azure,
      Array.from({ length: letters }, (_, n) => unanswered(n)),
    );
    const [host = 0] = azure.children(/millrace-host/);
    const request = { filter: { reason: 'internal-error' }, ratePerSecond };
    const startedAt = performance.now();
    const { headers } = await api.ask('POST', '/api/v1/dead-letters/resubmit', request);
    const location = headers.get('location') ?? '';
    const memory: { readonly done: number; readonly mb: number }[] = [];
    let batch: Batch;
    do {
      await pass(500);
      batch = await api.get<Batch>(location);
      memory.push({ done: batch.done, mb: residentMb(host) });
      process.stderr.write(`\r${batch.done} of ${batch.total ?? '?'}  ${memory.at(-1)?.mb.toFixed(0)} MB `);
    } while (batch.state === 'running');
    const seconds = (performance.now() - startedAt) / 1000;
    const warm = memory.filter(({ done }) => done >= letters * warmUp);
    const quarter = Math.max(1, Math.floor(warm.length / 4));
    const mean = (some: typeof memory): number => some.reduce((sum, { mb }) => sum + mb, 0) / some.length;
    const [first, last] = [mean(warm.slice(0, quarter)), mean(warm.slice(-quarter))];
    console.log(
      `\n${batch.state}: ${batch.done} done, ${batch.failed} failed of ${batch.total} in ${seconds.toFixed(1)} s`,
    );
    console.log(`${(batch.done / seconds).toFixed(0)} letters/s, asked for ${ratePerSecond}`);
    console.log(
      `host: ${first.toFixed(0)} MB after warm-up, ${last.toFixed(0)} MB at the end, ratio ${(last / first).toFixed(2)}`,
    );
  } finally {
    await azure.stop();
    removeData(data);
  }
}
