// What asks a dependency is made in a few files only, and each is handed a guard (test/contract/guarded-dependencies.test.ts shows
// that it uses it).
import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const clients =
  'TableClient|QueueClient|BlobServiceClient|ServiceBusClient|EventHubProducerClient|EventGridPublisherClient|EmailClient|Stripe';
const makesOne = new RegExp(
  `\\bnew (${clients})\\(|\\.fromConnectionString\\(|\\bfetch\\(|from 'node:(http|https|net)'`,
);

test('clients of dependencies are made in a few adapters, and those that speak HTTP are given a guard there', () => {
  const sources = globSync('{functions,shared}/**/*.ts').map((path) => ({ path, text: readFileSync(path, 'utf8') }));
  const making = sources.filter(({ text }) => makesOne.test(text));
  const overAmqp = [
    'shared/adapters/messaging/event-hubs-client.ts',
    'shared/adapters/messaging/service-bus-client.ts',
  ];
  expect(making.map(({ path }) => path).toSorted()).toEqual([
    'shared/adapters/blobs/blobs.ts',
    'shared/adapters/communication-mailer.ts',
    'shared/adapters/http-carrier.ts',
    'shared/adapters/messaging/event-grid-client.ts',
    ...overAmqp,
    'shared/adapters/messaging/storage-queue.ts',
    'shared/adapters/payments/stripe-client.ts',
    'shared/adapters/tables/table.ts',
    'shared/adapters/webhooks/https-webhook.ts',
  ]);
  const overHttp = making.filter(({ path }) => !overAmqp.includes(path));
  const isGuarded = /guarded(Options|Policy)\(guards?\b|\bguard\.run\(/;
  expect(overHttp.filter(({ text }) => !isGuarded.test(text)).map(({ path }) => path)).toEqual([]);
});

test('senders of AMQP are used behind a guard only', () => {
  const sending = globSync('{functions,shared}/**/*.ts').filter((path) =>
    /\.(sendMessages|sendBatch|scheduleMessages|createSender|createReceiver|acceptSession)\(/.test(
      readFileSync(path, 'utf8'),
    ),
  );
  expect(sending.filter((path) => !/guards?\b.*\.run\(/.test(readFileSync(path, 'utf8')))).toEqual([]);
  expect(sending.length).toBeGreaterThan(2);
});
