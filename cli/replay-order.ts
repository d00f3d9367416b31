// Rebuilds one order from the hub alone, and says whether it is the order that the event store has.
import { isDeepStrictEqual } from 'node:util';
import { claims } from '../shared/adapters/blobs/claims.ts';
import { settings } from '../shared/adapters/environment.ts';
import { orderEvents } from '../shared/contracts/order-events.ts';
import { redeem } from '../shared/kernel/claim-check.ts';
import { parseCloudEvent } from '../shared/kernel/cloud-event.ts';
import { hubs } from '../shared/kernel/topology.ts';
import type { StoredOrderEvent } from '../shared/orders/events.ts';
import { type CollectedOrder, collectOrder, toStoredEvent } from '../shared/orders/order-stream.ts';
import { toOrderView } from '../shared/orders/order-view.ts';
import { type App, ask } from './ask.ts';
import { parsePosition, readHub } from './read-hub.ts';

const contracts = Object.values(orderEvents);

/** Answers whether the order could be rebuilt and is the same. */
export async function replayOrder(app: App, orderId: string, from: string | undefined): Promise<boolean> {
  const came: StoredOrderEvent[] = [];
  let read = 0;
  await readHub(settings(), hubs.orderStream, parsePosition(from), async ({ body, correlationId }) => {
    read += 1;
    if (correlationId !== orderId) return;
    came.push(toStoredEvent(parseCloudEvent(await redeem(body, claims), contracts)));
  });
  const collected = collectOrder(orderId, came);
  console.log(`${read} events on the hub, ${came.length} of this order`);
  for (const { version, at, type } of collected.events) console.log(`  ${String(version).padStart(4)}  ${at}  ${type}`);
  if (collected.repeats > 0) console.log(`${collected.repeats} came more than once and count once`);
  for (const { first, last } of collected.gaps)
    console.log(`Missing: ${first === last ? `event ${first}` : `events ${first} to ${last}`}`);
  return await compare(app, orderId, collected);
}

async function compare(app: App, orderId: string, { order, events }: CollectedOrder): Promise<boolean> {
  if (events.length === 0) {
    console.log('The hub has none of it: the id is wrong, or --from and what the hub keeps begin after its last event');
    return false;
  }
  if (order === undefined) {
    console.log('It cannot be rebuilt from these: begin earlier (--from), or read GET /orders/{id}/events instead');
    return false;
  }
  const rebuilt: unknown = JSON.parse(JSON.stringify(toOrderView(order)));
  console.log(JSON.stringify(rebuilt, undefined, 2));
  const path = `orders/${encodeURIComponent(orderId)}`;
  const now = await ask<{ version: number }>(app, 'GET', path);
  const stored = await ask<object>(app, 'GET', `${path}?asOf=${order.version}`);
  const isSame = isDeepStrictEqual(rebuilt, stored);
  const behind = now.version - order.version;
  console.log(isSame ? `The event store has the same at version ${order.version}` : `The event store has another:`);
  if (!isSame) console.log(JSON.stringify(stored, undefined, 2));
  if (behind > 0) console.log(`The store is ${behind} events further: they are not on the hub yet`);
  return isSame;
}
