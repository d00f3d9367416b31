// The projections follow the hub. Of an order that has several events in a batch, the last state is put once.
import { app } from '@azure/functions';
import { batchHandler, hubTrigger } from '../../shared/adapters/functions/batch-handler.ts';
import { claims } from '../../shared/adapters/blobs/claims.ts';
import { orderEvents } from '../../shared/contracts/order-events.ts';
import { redeem } from '../../shared/kernel/claim-check.ts';
import { parseCloudEvent } from '../../shared/kernel/cloud-event.ts';
import { consumerGroups, hubs } from '../../shared/kernel/topology.ts';
import { generationsToWrite, projectionNames } from '../../shared/projections/projection.ts';

const contracts = Object.values(orderEvents);

app.eventHub('followOrders', {
  ...hubTrigger(hubs.orderStream, consumerGroups.projections),
  handler: batchHandler({
    hub: hubs.orderStream,
    read: async ({ body }) => parseCloudEvent(await redeem(body, claims), contracts).data,
    handle: async (events) => {
      const [{ projections }, { readOrders, targets }] = await Promise.all([
        import('./ports.ts'),
        import('./project-orders.ts'),
      ]);
      // Before the orders: a rebuild that begins only now finds in the store what these events tell of.
      const written = await Promise.all(
        projectionNames.map(async (name) => ({ name, to: generationsToWrite(await projections.read(name)) })),
      );
      const versions = new Map<string, number>();
      for (const { orderId, version } of events)
        versions.set(orderId, Math.max(version, versions.get(orderId) ?? version));
      const orders = await readOrders(versions);
      await Promise.all(
        written.flatMap(({ name, to }) => to.map((generation) => targets[name].put(generation, orders))),
      );
    },
  }),
});
