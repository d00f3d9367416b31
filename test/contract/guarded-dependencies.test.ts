// Every port on its guards, by the real SDKs: what an open circuit keeps back, and how often a call is made that fails.
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Guards } from '../../shared/adapters/resilience/guard.ts';
import { type Dependency, type Limits, limits } from '../../shared/adapters/resilience/limits.ts';
import type { ErrorCode } from '../../shared/kernel/errors.ts';
import { validOrder } from '../support/order-requests.ts';

let server: Server;
let connections = 0;
let requests: string[] = [];
let answer: (response: ServerResponse) => void;
let guards: Guards;
let app: Awaited<ReturnType<typeof loadPorts>>;
let errorOf: (code: ErrorCode) => Error;

beforeAll(async () => {
  server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url?.split('?')[0] ?? ''}`);
    request.resume().on('end', () => answer(response));
  });
  server.on('connection', () => (connections += 1));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

async function loadPorts() {
  const [{ products }, { orderChanges, outbox }, { files }, { payments, paymentEvents }, { carrier }, { mailer }] =
    await Promise.all([
      import('../../functions/products/ports.ts'),
      import('../../functions/orders/ports.ts'),
      import('../../functions/videos/ports.ts'),
      import('../../functions/payments/ports.ts'),
      import('../../functions/fulfilment/ports.ts'),
      import('../../functions/mail/ports.ts'),
    ]);
  const [{ sender }, { events }, { hub }, { hubReadings }, { hubPositions }, { container }] = await Promise.all([
    import('../../shared/adapters/messaging/service-bus.ts'),
    import('../../shared/adapters/messaging/event-grid.ts'),
    import('../../shared/adapters/messaging/event-hubs.ts'),
    import('../../shared/adapters/messaging/hub-readings.ts'),
    import('../../shared/adapters/messaging/hub-positions.ts'),
    import('../../shared/adapters/blobs/blobs.ts'),
  ]);
  const readings = hubReadings(() => hub('telemetry'), guards['event-hubs']);
  const positions = hubPositions(hub, guards['event-hubs'], container('checkpoints'));
  const own = { products, orderChanges, outbox, files, payments, paymentEvents, carrier, mailer };
  return { ...own, sender, events, readings, positions };
}

/** A process that has just begun, with guards of its own. */
async function start(given: Partial<Record<Dependency, Partial<Limits>>> = {}): Promise<void> {
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const endpoints = ['Blob', 'Queue', 'Table'].map((name) => `${name}Endpoint=${url}/account`).join(';');
  const bus = `Endpoint=sb://127.0.0.1:${port};SharedAccessKeyName=a;SharedAccessKey=a;UseDevelopmentEmulator=true;`;
  Object.assign(process.env, {
    AzureWebJobsStorage: `DefaultEndpointsProtocol=http;AccountName=account;AccountKey=a2V5;${endpoints}`,
    ServiceBusConnection: bus,
    EventHubsConnection: bus,
    EVENT_GRID_TOPIC_ENDPOINT: `${url}/events`,
    EVENT_GRID_TOPIC_KEY: 'a2V5',
    PAYMENTS_URL: url,
    PAYMENTS_KEY: 'sk_test',
    PAYMENTS_WEBHOOK_SECRET: 'whsec_test',
    CARRIER_URL: `${url}/carrier`,
    MAIL_CONNECTION: `endpoint=${url}/;accesskey=a2V5`,
    MAIL_SENDER: 'orders@millrace.example',
  });
  vi.resetModules();
  const { createGuard, createGuards } = await import('../../shared/adapters/resilience/guard.ts');
  const { AppError } = await import('../../shared/kernel/errors.ts');
  const own = Object.entries(given).map(([name, other]) => {
    const dependency = name as Dependency;
    return [dependency, createGuard(dependency, { ...limits[dependency], ...other })];
  });
  guards = { ...createGuards(), ...(Object.fromEntries(own) as Partial<Guards>) };
  vi.doMock('../../shared/adapters/resilience/guards.ts', () => ({ guards }));
  errorOf = (code) => new AppError(code, 'down');
  app = await loadPorts();
  connections = 0;
  requests = [];
  answer = (response) => response.writeHead(500).end();
}

beforeEach(() => start());

async function open(name: Dependency): Promise<void> {
  const fail = (): Promise<never> => Promise.reject(errorOf(limits[name].code));
  for (let n = 0; n < limits[name].opensAfter; n += 1) await guards[name].run(fail).catch(() => undefined);
}

const orderId = '0190a8f0-0000-7000-8000-000000000001';
const payment = { orderId, total: { amountMinor: 100, currency: 'EUR' }, method: 'pm_card_visa' } as const;
const shipment = { orderId, parcels: [], to: validOrder().shipTo };
const event = {
  specversion: '1.0',
  id: '1',
  type: 't',
  source: '/s',
  subject: 's',
  time: '2030-01-01T00:00:00Z',
} as const;
const mail = { operationId: orderId, to: 'a@example.com', subject: 's', text: 't', html: 'h', headers: {} };
const reading = { deviceId: 'd', timestamp: event.time, values: { t: 1 } };

const calls: [string, Dependency, () => Promise<unknown>][] = [
  ['a row', 'storage', () => app.products.get('TICKET')],
  ['a page', 'storage', () => app.products.list({ limit: 1 })],
  ['a batch', 'storage', () => app.outbox.remove(orderId, ['a', 'b'])],
  ['a blob', 'storage', () => app.files.uploaded(orderId)],
  ['what a blob holds', 'storage', () => app.files.readRendition('a')],
  ['a queue', 'storage', () => app.orderChanges.leaveHint(orderId)],
  ['a message', 'service-bus', () => app.sender.send('new-order', { body: 'x' })],
  ['a reading', 'event-hubs', () => app.readings.send([reading])],
  ['how far consumers are', 'event-hubs', () => app.positions.read('telemetry', ['aggregation'])],
  ['an event', 'event-grid', () => app.events.publish({ ...event, datacontenttype: 'application/json', data: {} })],
  ['an authorisation', 'payments', () => app.payments.authorise(payment)],
  ['a capture', 'payments', () => app.payments.capture(orderId, 'pi_1')],
  ['a reversal', 'payments', () => app.payments.reverse(payment)],
  ['a payment', 'payments', () => app.payments.get('pi_1')],
  ['payments since a time', 'payments', () => Array.fromAsync(app.payments.since(new Date(0)))],
  ['an endpoint of events', 'payments', () => app.paymentEvents.register('http://127.0.0.1:9/')],
  ['a shipment', 'carrier', () => app.carrier.arrange(shipment)],
  ['a shipment called off', 'carrier', () => app.carrier.cancel('shp_1')],
  ['a mail', 'mail', () => app.mailer.send(mail)],
];

/** Many hosts, so their circuit never opens: test/contract/webhooks.test.ts. */
const withoutCircuit: readonly string[] = ['webhooks'];

test('every dependency is among the calls', () => {
  const guarded = Object.keys(limits).filter((name) => !withoutCircuit.includes(name));
  expect(new Set(calls.map(([, name]) => name))).toEqual(new Set(guarded));
});

describe('an open circuit keeps back', () => {
  test.each(calls)('%s', async (_what, name, call) => {
    await open(name);
    const before = connections;
    await expect(call()).rejects.toMatchObject({ code: limits[name].code, retryAfterMs: expect.any(Number) });
    expect(connections).toBe(before);
  });
});

describe('a call that fails is made', () => {
  const overHttp = calls.filter(([, name]) => !['service-bus', 'event-hubs'].includes(name));

  test.each(overHttp)('%s: again only when it is idempotent', async (what, name, call) => {
    await expect(call()).rejects.toMatchObject({ code: limits[name].code, kind: 'transient' });
    const again = ['a row', 'a page', 'a blob', 'what a blob holds'].includes(what);
    expect(requests).toHaveLength(again ? limits.storage.attempts : 1);
  });

  test('once, where the answer says when to come back', async () => {
    answer = (response) => response.writeHead(503, { 'retry-after': '7' }).end();
    await expect(app.products.get('TICKET')).rejects.toMatchObject({ retryAfterMs: 7_000 });
    expect(requests).toHaveLength(1);
  });
});

test('a call without an answer, and a body that stops half-way, end in time', async () => {
  await start({ storage: { timeoutMs: 100, attempts: 1 } });
  answer = () => undefined;
  await expect(app.products.get('TICKET')).rejects.toMatchObject({ code: 'storage-unavailable' });
  answer = (response) => {
    response.writeHead(200, { 'content-length': 1_000, etag: '"1"' });
    if (response.req.method === 'HEAD') response.end();
    else response.write('half');
  };
  await expect(app.files.readRendition('a')).rejects.toMatchObject({ code: 'storage-unavailable' });
});
