// GET /live?customerId=: what the console shows, as server-sent events `order`, `video`, `device` and `task`.
import { setTimeout as wait } from 'node:timers/promises';
import { app } from '@azure/functions';
import { z } from 'zod';
import { httpEndpoint, readQuery } from '../../shared/adapters/functions/http-endpoint.ts';
import { type Watched, watch } from '../../shared/kernel/watch.ts';
import { taskView } from '../../shared/operations/task-view.ts';
import { listVideos } from '../../shared/videos/read-video.ts';
import { customerIdSchema } from '../../shared/orders/place-order.ts';

const query = z.object({ customerId: customerIdSchema.optional() });

const page = { limit: 20 };

const pace = { intervalMs: 1_000, heartbeatMs: 15_000, endsAfterMs: 300_000 };

const ordersOf = (customerId: string): Watched => ({
  event: 'order',
  show: async () => {
    const { projections, ordersByCustomer } = await import('../projections/ports.ts');
    const { live } = await projections.read('orders-by-customer');
    return (await ordersByCustomer.list(live, customerId, page)).items;
  },
});

/** Thumbnails are signed once a stream: a row whose signature changes is not news. */
async function newestVideos(): Promise<Watched> {
  const { videos, videoParts, addresses } = await import('../videos/ports.ts');
  const sign = await addresses.renditions();
  return { event: 'video', show: async () => (await listVideos(videos, videoParts, page, sign)).items };
}

const devices: Watched = {
  event: 'device',
  show: async () => {
    const { telemetry } = await import('../telemetry/ports.ts');
    return (await telemetry.devices(page)).items;
  },
};

const operatorTasks: Watched = {
  event: 'task',
  show: async () => {
    const { tasks } = await import('../operations/ports.ts');
    return (await tasks.list(undefined, page)).items.map((task) => taskView(task));
  },
};

app.http('watchChanges', {
  route: 'v1/live',
  methods: ['GET'],
  authLevel: 'anonymous',
  handler: httpEndpoint(async (request) => {
    const { customerId } = readQuery(request, query);
    const orders = customerId === undefined ? [] : [ordersOf(customerId)];
    const watched = [...orders, await newestVideos(), devices, operatorTasks];
    return {
      headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store' },
      body: watch(watched, { ...pace, now: Date.now, wait }),
    };
  }),
});
