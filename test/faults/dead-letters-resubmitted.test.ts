// Fault 18: dead letters are resubmitted twice, at once, and by a batch whose host is killed. Each goes once; a poison one comes back once.
import { expect, onTestFailed, test } from 'vitest';
import type { Arrival } from '../../shared/dead-letters/arrival.ts';
import type { DeadLetter, DeadLetterEntry } from '../../shared/dead-letters/dead-letter.ts';
import { queues } from '../../shared/kernel/topology.ts';
import { apiClient } from '../support/api-client.ts';
import { givenArrival } from '../support/given-letter.ts';
import { lettersOf, loadLetters } from '../support/load-letters.ts';
import { localAzureForFile } from '../support/local-azure-for-file.ts';
import { busClient, statusQuery } from '../support/order-status-asker.ts';
import { waitFor } from '../support/wait-for.ts';

const azure = localAzureForFile();
const api = apiClient(() => azure.url);
const session = 'fault-18';

/** A query nobody could answer at the time, as it says. */
function unanswered(n: number): Arrival {
  const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
  const { body, subject = '', contentType = '' } = statusQuery(session, { orderId: `o-${n}`, expiresAt });
  return givenArrival({
    sourceEntity: queues.orderQueries,
    reason: 'internal-error',
    description: 'A fault of ours, mended since',
    messageId: `query-${n}`,
    originalId: `query-${n}`,
    properties: {},
    optional: { subject, contentType, replyTo: queues.orderReplies, replyToSessionId: session },
    body: body as Buffer,
  });
}

const poison = (n: number): Arrival =>
  givenArrival({ messageId: `poison-${n}`, originalId: `poison-${n}`, reason: 'internal-error' });

interface Batch {
  readonly state: string;
  readonly total: number;
  readonly done: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Of every session of the replies, by the query they answer. */
async function repliesBy(count: number): Promise<readonly string[]> {
  const bus = busClient(azure);
  const answered: string[] = [];
  try {
    const receiver = await bus.acceptSession(queues.orderReplies, session, { skipParsingBodyAsJson: true });
    await waitFor(
      `${count} replies`,
      async () => {
        const messages = await receiver.receiveMessages(100, { maxWaitTimeInMs: 1_000 });
        for (const message of messages) await receiver.completeMessage(message);
        answered.push(...messages.map(({ correlationId }) => String(correlationId)));
        return answered.length >= count && messages.length === 0;
      },
      { timeoutMs: 60_000 },
    );
  } finally {
    await bus.close();
  }
  return answered;
}

test('fault 18: one letter resubmitted five times at once and with one key goes once, and a poison one comes back once', async () => {
  const [letter] = (await loadLetters(azure, [poison(0)])) as [DeadLetter];
  const path = `/api/v1/dead-letters/${letter.id}`;
  const body = { note: 'once' };
  const ask = (key: string) => api.ask('POST', `${path}/resubmit`, body, { 'idempotency-key': key });
  const answers = await Promise.all(['a', 'a', 'b', 'c', 'd'].map(ask));
  const statuses = answers.map(({ status }) => status);
  expect(statuses.filter((status) => status === 202).length).toBeGreaterThan(0);
  for (const status of statuses) expect([202, 409, 503]).toContain(status);
  const back = await waitFor(
    'its return',
    async () => {
      const shown = await api.get<DeadLetter & { history: DeadLetterEntry[] }>(path);
      return shown.history.some(({ action }) => action === 'return') && shown;
    },
    { timeoutMs: 30_000 },
  );
  expect(back).toMatchObject({ state: 'open', resubmissions: 1, reason: 'invalid-message' });
  // Whoever repeats the request that was carried out is answered alike, and nothing is sent.
  const first = answers.findIndex(({ status }) => status === 202);
  expect((await ask(['a', 'a', 'b', 'c', 'd'][first] ?? '')).status).toBe(202);
  expect(await api.get<DeadLetter>(path)).toMatchObject({ resubmissions: 1 });
  expect((await api.ask('POST', `${path}/discard`, { reason: 'a test' })).status).toBe(200);
});

test('fault 18: kill -9 of the host while a batch runs, three times: each letter goes once, each poison one is back once', async () => {
  onTestFailed(() => console.log(azure.output().slice(-10_000)));
  const good = 200;
  const arrivals = Array.from({ length: 2 * good }, (_, n) => (n % 2 === 0 ? unanswered(n) : poison(n)));
  const loaded = await loadLetters(azure, arrivals);
  const request = { filter: { reason: 'internal-error' }, ratePerSecond: 100 };
  const dry = await api.ask('POST', '/api/v1/dead-letters/resubmit', { ...request, dryRun: true });
  expect(dry.body).toMatchObject({ count: 2 * good, examined: 2 * good, wouldSucceed: good });
  const key = { 'idempotency-key': 'batch-1' };
  const started = await api.ask<{ id: string }>('POST', '/api/v1/dead-letters/resubmit', request, key);
  expect(started.status).toBe(202);
  const location = started.headers.get('location') ?? '';
  const batchOf = () => api.get<Batch>(location);
  for (const done of [1, 150, 250]) {
    await waitFor(`${done} done`, async () => (await batchOf()).done >= done, { timeoutMs: 60_000 });
    const host = await waitFor('a host', () => azure.children(/millrace-host/)[0]);
    process.kill(host, 'SIGKILL');
    await waitFor('its end', () => !azure.children(/millrace-host/).includes(host));
  }
  const ended = await waitFor(
    'the end of the batch',
    async () => {
      const batch = await batchOf();
      return batch.state === 'completed' && batch;
    },
    { timeoutMs: 60_000 },
  );
  expect(ended).toMatchObject({ total: 2 * good, done: 2 * good, failed: 0, skipped: 0 });
  const store = lettersOf(azure);
  const isGood = ({ sourceEntity }: DeadLetter): boolean => sourceEntity === queues.orderQueries;
  for (const { id } of loaded) {
    const letter = await waitFor(
      `the end of letter ${id}`,
      async () => {
        const now = await store.get(id);
        return now !== undefined && (isGood(now) || now.returned === 1) && now;
      },
      { timeoutMs: 60_000 },
    );
    const counts = Object.entries(
      Object.groupBy(await store.history(id), ({ action, outcome }) => `${action} ${outcome}`),
    ).map(([what, entries]) => `${what} ${entries?.length}`);
    expect(letter).toMatchObject({ state: isGood(letter) ? 'resubmitted' : 'open', resubmissions: 1 });
    expect(counts.filter((count) => count.startsWith('resubmit begun') || count.startsWith('return'))).toEqual(
      isGood(letter) ? ['resubmit begun 1'] : ['resubmit begun 1', 'return open 1'],
    );
  }
  const replies = await repliesBy(good);
  expect([replies.length, new Set(replies).size]).toEqual([good, good]);
});

test('a batch that is stopped ends within a page, and says how far it came', async () => {
  await loadLetters(
    azure,
    Array.from({ length: 60 }, (_, n) => poison(1_000 + n)),
  );
  const request = { filter: { reason: 'internal-error' }, ratePerSecond: 5 };
  const { headers } = await api.ask('POST', '/api/v1/dead-letters/resubmit', request);
  const location = headers.get('location') ?? '';
  await waitFor('some done', async () => (await api.get<Batch>(location)).done > 0, { timeoutMs: 30_000 });
  expect((await api.ask('POST', `${location}/stop`)).status).toBe(202);
  const ended = await waitFor('its end', async () => {
    const batch = await api.get<Batch>(location);
    return !['running', 'stopping'].includes(batch.state) && batch;
  });
  expect(ended.state).toBe('stopped');
  expect(ended.done).toBeLessThan(60);
});
