// Fault 18 at every kind of place: what failed there goes there again, and there alone.
import { TableClient } from '@azure/data-tables';
import { BlobServiceClient } from '@azure/storage-blob';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Local, startLocal } from '../../local/testing/testing.ts';
import { tableDeadLetters } from '../../shared/adapters/tables/dead-letters.ts';
import { operatorTaskRaised } from '../../shared/contracts/operations.ts';
import { reading } from '../../shared/contracts/telemetry.ts';
import type { DeadLetter } from '../../shared/dead-letters/dead-letter.ts';
import type { DeadLetterStore } from '../../shared/dead-letters/dead-letter-store.ts';
import { toCloudEvent } from '../../shared/kernel/cloud-event.ts';
import { containers, tables } from '../../shared/kernel/topology.ts';
import { apiClient, type SentMail } from '../support/api-client.ts';
import { arrive, givenArrival, jsonBody } from '../support/given-letter.ts';
import { waitFor } from '../support/wait-for.ts';

let local: Local;
let api: ReturnType<typeof apiClient>;
let letters: DeadLetterStore;

beforeAll(async () => {
  const settings = { OPERATOR_EMAIL: 'operator@example.com' };
  local = await startLocal({ app: '.', topology: 'infra/topology.json', settings });
  api = apiClient(local.url);
  letters = tableDeadLetters(
    TableClient.fromConnectionString(local.storage, tables.deadLetters, { allowInsecureConnection: true }),
    BlobServiceClient.fromConnectionString(local.storage).getContainerClient(containers.deadLetterBodies),
  );
});
afterAll(() => local.close());

const letterOf = (sourceEntity: string, id: string, body: Buffer): Promise<DeadLetter> =>
  arrive(
    letters,
    givenArrival({
      sourceEntity,
      messageId: id,
      originalId: id,
      reason: 'internal-error',
      properties: {},
      optional: {},
      body,
    }),
  );

const resubmit = (id: string) => api.ask<DeadLetter>('POST', `/api/v1/dead-letters/${id}/resubmit`);

test('an event goes to the function that failed, and is one mail', async () => {
  const { type, example } = operatorTaskRaised;
  const data = { ...example, subject: 'o-again' };
  const event = toCloudEvent({ id: 'event-1', type, subject: example.taskId, time: '2030-01-01T00:00:00Z', data });
  const { id } = await letterOf('event-grid/alertOperator', 'event-1', jsonBody(event));
  expect(await resubmit(id)).toMatchObject({ status: 202, body: { state: 'resubmitted', resubmissions: 1 } });
  const mails = async () =>
    (await fetch(`${local.servicesUrl}/local/mail`).then((answer) => answer.json() as Promise<SentMail[]>)).filter(
      ({ text }) => text.includes('o-again'),
    );
  await waitFor('the mail', async () => (await mails()).length > 0, { timeoutMs: 20_000 });
  expect(await mails()).toHaveLength(1);
});

test('one that no function of ours takes any more comes to its own function only, which refuses it again', async () => {
  const event = {
    specversion: '1.0',
    id: 'event-2',
    source: '/x',
    type: operatorTaskRaised.type,
    subject: 's',
    time: '2030-01-01T00:00:00Z',
    data: {},
  };
  const { id } = await letterOf('event-grid/alertOperator', 'event-2', jsonBody(event));
  expect((await resubmit(id)).status).toBe(202);
  const back = await waitFor(
    'its return',
    async () => {
      const letter = await letters.get(id);
      return letter !== undefined && letter.returned > 0 && letter;
    },
    { timeoutMs: 20_000 },
  );
  expect(back).toMatchObject({ state: 'open', reason: 'invalid-message', returned: 1, resubmissions: 1 });
});

test('a reading goes to its hub again and counts', async () => {
  const at = new Date().toISOString();
  const body = jsonBody({ ...reading.example, deviceId: 'again-1', timestamp: at });
  const { id } = await letterOf('hub/telemetry', 'telemetry/aggregation/0/1', body);
  expect((await resubmit(id)).status).toBe(202);
  await waitFor(
    'its point',
    async () => {
      const { status, body: found } = await api.ask<{ points?: unknown[] }>(
        'GET',
        '/api/v1/telemetry/devices/again-1?metric=temperature',
      );
      return status === 200 && (found.points?.length ?? 0) > 0;
    },
    { timeoutMs: 20_000 },
  );
});

test('an orchestration that is gone has no way back, and the letter says so', async () => {
  const { id } = await letterOf('orchestration/payment-saga-v2', 'gone', jsonBody({}));
  expect(await resubmit(id)).toMatchObject({ status: 422, body: { code: 'no-way-back' } });
  expect(await letters.history(id)).toMatchObject([{ action: 'arrive' }, { outcome: 'begun' }, { outcome: 'failed' }]);
});

test('the list, its groups and one letter are as the contract says', async () => {
  const text = await letterOf('new-order', 'text-1', Buffer.from('{ not json'));
  await letterOf('new-order', 'bytes-1', Buffer.from([0xff, 0xfe]));
  const grouped = await api.get<{ items: object[] }>('/api/v1/dead-letters?state=open&groupBy=cause');
  expect(grouped.items).toContainEqual({
    cause: 'code/internal-error/new-order',
    count: 2,
    oldestAt: '2030-01-01T00:00:00.000Z',
  });
  const listed = await api.get<{ items: { id: string }[] }>('/api/v1/dead-letters?sourceEntity=new-order');
  expect(listed.items).toHaveLength(2);
  expect(await api.get(`/api/v1/dead-letters/${text.id}`)).toMatchObject({
    id: text.id,
    state: 'open',
    sourceEntity: 'new-order',
    bodyEncoding: 'text',
    body: '{ not json',
    history: [{ by: 'millrace', action: 'arrive' }],
  });
  const bytes = listed.items.find(({ id }) => id !== text.id);
  expect(await api.get(`/api/v1/dead-letters/${bytes?.id}`)).toMatchObject({ bodyEncoding: 'base64', body: '//4=' });
  for (const [path, status] of [
    ['/api/v1/dead-letters/none', 404],
    ['/api/v1/dead-letters/batches/none', 404],
    ['/api/v1/dead-letters?state=lost', 400],
    ['/api/v1/dead-letters?groupBy=cause&reason=x', 400],
  ] as const)
    expect((await api.ask('GET', path)).status).toBe(status);
});
