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

test('fault 18: one letter resubmitted five times at once goes once for each key that is accepted, and comes back as often', async () => {
  const [letter] = (await loadLetters(azure, [poison(0)])) as [DeadLetter];
  const path = `/api/v1/dead-letters/${letter.id}`;
  const ask = (key: string) => api.ask('POST', `${path}/resubmit`, { note: 'once' }, { 'idempotency-key': key });
  /** 503: the first request with this key is still at work. */
  const answerOf = (key: string): Promise<number> =>
    waitFor(`the answer to ${key}`, async () => {
      const { status } = await ask(key);
      return status === 503 ? undefined : status;
    });
  const keys = ['a', 'a', 'b', 'c', 'd'];
  const statuses = await Promise.all(keys.map(answerOf));
  // Another key may send a letter again that has come back, and meets a conflict while the letter is out.
  for (const status of statuses) expect([202, 409]).toContain(status);
  const accepted = new Set(keys.filter((_, n) => statuses[n] === 202));
  expect(accepted.size).toBeGreaterThan(0);
  const isBack = async () => {
    const shown = await api.get<DeadLetter & { history: DeadLetterEntry[] }>(path);
    const returns = shown.history.filter(({ action }) => action === 'return').length;
    return returns === accepted.size && shown.state === 'open' && shown;
  };
  expect(await waitFor('its return', isBack, { timeoutMs: 30_000 })).toMatchObject({
    resubmissions: accepted.size,
    reason: 'invalid-message',
  });
  // A repeat of what was carried out is answered alike, and nothing is sent.
  for (const key of accepted) expect((await ask(key)).status).toBe(202);
  expect(await isBack()).toMatchObject({ resubmissions: accepted.size });
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
