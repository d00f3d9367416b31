// GET /customers/{customerId}/data: whatever is stored of a person, as one JSON document: { customerId, contacts, orders with their
// events, videos }. It is written while it is read, so that no length fills our memory.
import { app } from '@azure/functions';
import { httpEndpoint } from '../../shared/adapters/functions/http-endpoint.ts';
import { customerNotFound, readCustomerId } from './customer-id.ts';

app.http('exportCustomerData', {
  route: 'v1/customers/{customerId}/data',
  methods: ['GET'],
  authLevel: 'anonymous',
  handler: httpEndpoint(async (request) => {
    const customerId = readCustomerId(request);
    const stored = await Promise.all([contactsOf(customerId).next(), ordersOf(customerId).next()]);
    if (stored.every(({ done }) => done === true)) throw customerNotFound();
    const headers = { 'content-type': 'application/json', 'cache-control': 'no-store' };
    return { headers, body: documentOf(customerId) };
  }),
});

async function* documentOf(customerId: string): AsyncGenerator<Uint8Array, void> {
  const encoder = new TextEncoder();
  for await (const text of textOf(customerId)) yield encoder.encode(text);
}

async function* textOf(customerId: string): AsyncGenerator<string, void> {
  const emails = new Set<string>();
  yield `{"customerId":${JSON.stringify(customerId)}`;
  yield* listOf('contacts', contactsOf(customerId, emails));
  yield* listOf('orders', ordersOf(customerId));
  yield* listOf('videos', videosOf(emails));
  yield '}\n';
}

async function* listOf(name: string, items: AsyncIterable<object>): AsyncGenerator<string, void> {
  yield `,"${name}":[`;
  let between = '';
  for await (const item of items) {
    yield between + JSON.stringify(item);
    between = ',';
  }
  yield ']';
}

/** Notes every address on the way, as it names videos. */
async function* contactsOf(customerId: string, emails = new Set<string>()): AsyncGenerator<object, void> {
  const { contacts } = await import('./ports.ts');
  for await (const { customerId: _, ...contact } of contacts.of(customerId)) {
    emails.add(contact.email.toLowerCase());
    yield contact;
  }
}

const pageLimit = 100;

async function* ordersOf(customerId: string): AsyncGenerator<object, void> {
  const { projections, ordersByCustomer } = await import('../projections/ports.ts');
  const { orderChanges } = await import('../orders/ports.ts');
  const { live } = await projections.read('orders-by-customer');
  let continuation: string | undefined;
  do {
    const page = await ordersByCustomer.list(live, customerId, { limit: pageLimit, continuation });
    for (const { orderId, status } of page.items) {
      const stored = await Array.fromAsync(orderChanges.orders.events(orderId));
      yield { orderId, status, events: stored.map(({ version, type, at, data }) => ({ version, type, at, data })) };
    }
    ({ continuation } = page);
  } while (continuation !== undefined);
}

async function* videosOf(emails: ReadonlySet<string>): AsyncGenerator<object, void> {
  const { videos } = await import('../videos/ports.ts');
  for (const email of emails) {
    for await (const { state, ...video } of videos.toldTo(email)) yield { ...video, status: state.status };
  }
}
