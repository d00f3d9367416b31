// What POST /orders would be without a promise: the same body against the same schema, one row inserted, one message sent, by the
// same clients. No key, no price, no event, no outbox.
import { app } from '@azure/functions';
import '../../functions/prepare-storage.ts';
import { httpEndpoint, readJson } from '../../shared/adapters/functions/http-endpoint.ts';
import { sender } from '../../shared/adapters/messaging/service-bus.ts';
import { once } from '../../shared/kernel/once.ts';
import { newId } from '../../shared/kernel/ids.ts';
import { queues, tables } from '../../shared/kernel/topology.ts';
import { placeOrderSchema } from '../../shared/orders/place-order.ts';

app.http('placeBareOrder', {
  route: 'v1/orders',
  methods: ['POST'],
  authLevel: 'anonymous',
  handler: httpEndpoint(async (request) => {
    const { value, bytes } = await readJson(request, placeOrderSchema);
    const orderId = newId();
    const data = Buffer.from(bytes).toString();
    await (await orders()).createEntity({
      partitionKey: orderId,
      rowKey: 'order',
      customerId: value.customerId,
      data,
    });
    await sender.send(queues.newOrder, { messageId: orderId, body: Buffer.from(JSON.stringify({ orderId })) });
    const links = { self: `/api/v1/orders/${orderId}`, events: `/api/v1/orders/${orderId}/events` };
    return { status: 202, headers: { location: links.self }, jsonBody: { orderId, status: 'accepted', links } };
  }),
});

const orders = once(async () => (await import('../../shared/adapters/tables/table.ts')).table(tables.orders));

app.setup({ enableHttpStream: true });
