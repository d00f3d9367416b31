// The app's carrier against the stand-in: what is refused as it stands was never arranged, and is no error.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { httpCarrier } from '../../shared/adapters/http-carrier.ts';
import { createGuard } from '../../shared/adapters/resilience/guard.ts';
import { limits } from '../../shared/adapters/resilience/limits.ts';
import type { Carrier } from '../../shared/shipping/carrier.ts';
import { type StandInsServer, startStandInsServer } from '../support/stand-ins-server.ts';

const to = { name: 'Ada', line1: 'Mill Lane 1', city: 'Ely', postalCode: 'CB7', country: 'GB' };
const order = { orderId: 'o-1', parcels: [{ sku: 'TICKET-STANDARD', quantity: 2 }], to };
let server: StandInsServer;
let carrier: Carrier;

beforeAll(async () => {
  server = await startStandInsServer();
  carrier = httpCarrier(`${server.origin}/carrier`, createGuard('carrier', limits.carrier));
});
afterAll(() => server.close());

test('the same order is one shipment', async () => {
  const first = await carrier.arrange(order);
  expect(first).toMatchObject({ outcome: 'arranged', trackingId: expect.stringMatching(/^MR/) });
  expect(await carrier.arrange(order)).toEqual(first);
});

test('an order that the carrier does not take as it stands is refused, whenever it is asked', async () => {
  const parcels = [{ sku: 'TICKET-STANDARD', quantity: 0 }];
  const refusal = { outcome: 'refused', reason: expect.stringContaining('400') };
  expect(await carrier.arrange({ ...order, orderId: 'o-2', parcels })).toEqual(refusal);
  expect(await carrier.arrange({ ...order, orderId: 'o-2', parcels })).toEqual(refusal);
});

test('a key that stands for another shipment tells nothing about this one: that is an error', async () => {
  const moved = { ...order, to: { ...to, city: 'March' } };
  await expect(carrier.arrange(moved)).rejects.toMatchObject({ code: 'carrier-refused' });
});

test('a shipment that nobody knows cannot be called off', async () => {
  await expect(carrier.cancel('sh_none')).rejects.toMatchObject({ code: 'carrier-refused' });
});
