// A gateway between us and the payment provider that answers in its place.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createGuards } from '../../shared/adapters/resilience/guard.ts';
import { stripePaymentProvider } from '../../shared/adapters/payments/stripe-payment-provider.ts';

const gateway = createServer((_req, res) => {
  res.writeHead(502, { 'content-type': 'application/json' }).end('{"message":"Bad gateway"}');
});

beforeAll(async () => {
  gateway.listen(0, '127.0.0.1');
  await once(gateway, 'listening');
});
afterAll(() => void gateway.close());

test('JSON of a 502 is no payment: what came of the authorisation is unknown', async () => {
  const url = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`;
  const provider = stripePaymentProvider({ url, key: 'sk_test_1', guard: createGuards().payments });
  const order = { orderId: 'o-1', total: { amountMinor: 100, currency: 'EUR' }, method: 'pm_card_visa' } as const;
  await expect(provider.authorise(order)).rejects.toMatchObject({ code: 'payments-unavailable' });
});
