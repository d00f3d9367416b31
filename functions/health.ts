// GET /health: whether the things the app cannot do without answer.
import { app } from '@azure/functions';
import { httpEndpoint } from '../shared/adapters/functions/http-endpoint.ts';
import { ports } from '../shared/adapters/ports.ts';
import { queues, storageQueues } from '../shared/kernel/topology.ts';

type Check = { readonly name: string; readonly status: 'ok' | 'failed'; readonly detail?: string };

const limitMs = 3_000;

async function check(name: string, probe: () => Promise<unknown>): Promise<Check> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${limitMs} ms`)), limitMs);
  });
  try {
    await Promise.race([probe(), late]);
    return { name, status: 'ok' };
  } catch (error) {
    return { name, status: 'failed', detail: error instanceof Error ? error.message : String(error) };
  } finally {
    clearTimeout(timer);
  }
}

async function peekQueue(): Promise<void> {
  const receiver = ports().connections.serviceBus.createReceiver(queues.newOrder);
  try {
    await receiver.peekMessages(1);
  } finally {
    await receiver.close();
  }
}

app.http('health', {
  route: 'v1/health',
  methods: ['GET'],
  authLevel: 'anonymous',
  handler: httpEndpoint(async () => {
    const checks = await Promise.all([
      check('tables', () => ports().products.list({ limit: 1 })),
      check('outbox-hints', () => ports().connections.queue(storageQueues.outboxHints).getProperties()),
      check('service-bus', peekQueue),
    ]);
    const status = checks.every((each) => each.status === 'ok') ? 'ok' : 'failed';
    return { status: status === 'ok' ? 200 : 503, jsonBody: { status, checks } };
  }),
});
