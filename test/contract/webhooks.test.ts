// Calls to receivers outside: where they may go, what becomes of each answer, and that nothing leads them elsewhere.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkWebhookAddress, httpsWebhook } from '../../shared/adapters/webhooks/https-webhook.ts';
import { createGuard } from '../../shared/adapters/resilience/guard.ts';
import { limits } from '../../shared/adapters/resilience/limits.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../support/webhook-receiver.ts';

const here = { allowLoopback: true };
const outside = { allowLoopback: false };
const call = { headers: { 'webhook-id': 'e-1' }, body: '{"id":"e-1"}' };
const notAllowed = expect.objectContaining({ code: 'webhook-not-allowed' });
const answering =
  (...addresses: readonly string[]) =>
  async () =>
    addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));

let receiver: WebhookReceiver;
const guard = createGuard('webhooks', { ...limits.webhooks, timeoutMs: 300 });

beforeEach(async () => {
  receiver = await startWebhookReceiver();
});
afterEach(() => receiver.close());

test('an event is posted as it was signed', async () => {
  expect(await httpsWebhook(here, guard)(receiver.url, call)).toBe('taken');
  expect(receiver.received).toMatchObject([{ method: 'POST', body: { id: 'e-1' }, headers: { 'webhook-id': 'e-1' } }]);
});

test.each([
  [410, 'gone'],
  [204, 'taken'],
])('an answer of %i: %s', async (status, answer) => {
  receiver.onDelivery = () => ({ status });
  expect(await httpsWebhook(here, guard)(receiver.url, call)).toBe(answer);
});

test.each([
  [500, 'webhook-unavailable'],
  [503, 'webhook-unavailable'],
  [429, 'webhook-unavailable'],
  [408, 'webhook-unavailable'],
  [400, 'webhook-refused'],
  [404, 'webhook-refused'],
])('an answer of %i is %s', async (status, code) => {
  receiver.onDelivery = () => ({ status });
  await expect(httpsWebhook(here, guard)(receiver.url, call)).rejects.toMatchObject({ code });
});

test.each([301, 302, 303, 307, 308])('a redirect by %i is not followed', async (status) => {
  const other = await startWebhookReceiver();
  receiver.onDelivery = () => ({ status, headers: { location: other.url } });
  await expect(httpsWebhook(here, guard)(receiver.url, call)).rejects.toMatchObject({ code: 'webhook-refused' });
  expect(other.received).toEqual([]);
  await other.close();
});

test('a receiver that never answers is given up in time', async () => {
  receiver.onDelivery = () => undefined;
  await expect(httpsWebhook(here, guard)(receiver.url, call)).rejects.toMatchObject({ code: 'webhook-unavailable' });
});

test('a receiver that is down is tried again by whoever asks, and keeps no other from being called', async () => {
  const post = httpsWebhook(here, guard);
  const down = await startWebhookReceiver();
  await down.close();
  for (let time = 0; time < 20; time += 1)
    await expect(post(down.url, call)).rejects.toMatchObject({ code: 'webhook-unavailable' });
  expect(await post(receiver.url, call)).toBe('taken');
});

describe('a name', () => {
  test.each([
    ['of this machine', ['127.0.0.1']],
    ['of this machine in version 6', ['::1']],
    ['of a private network', ['10.0.0.7']],
    ['of the metadata of a machine in a cloud', ['169.254.169.254']],
    ['of a public host and a private one', ['8.8.8.8', '192.168.0.1']],
    ['of version 4 inside version 6', ['::ffff:127.0.0.1']],
  ])('%s is refused when it is registered and when it is called', async (_name, addresses) => {
    const resolve = answering(...addresses);
    await expect(checkWebhookAddress('https://receiver.example/', outside, resolve)).rejects.toEqual(notAllowed);
    await expect(httpsWebhook(outside, guard, resolve)('https://receiver.example/', call)).rejects.toEqual(notAllowed);
  });

  test('that was public when it was registered is judged again when it is called: by the addresses the connection uses', async () => {
    let looks = 0;
    const rebound = async () => answering((looks += 1) === 1 ? '8.8.8.8' : '127.0.0.1')();
    await checkWebhookAddress('https://receiver.example/', outside, rebound);
    await expect(httpsWebhook(outside, guard, rebound)('https://receiver.example/', call)).rejects.toEqual(notAllowed);
    expect(looks).toBe(2);
  });

  test('localhost, as this machine resolves it, is refused', async () => {
    await expect(checkWebhookAddress('https://localhost/', outside)).rejects.toEqual(notAllowed);
    await expect(httpsWebhook(outside, guard)('https://localhost/', call)).rejects.toEqual(notAllowed);
  });

  test('nobody knows is refused when it is registered, and may come back when it is called', async () => {
    const unknown = async () => {
      throw Object.assign(new Error('ENOTFOUND'), { code: 'ENOTFOUND' });
    };
    await expect(checkWebhookAddress('https://receiver.example/', outside, unknown)).rejects.toEqual(notAllowed);
    await expect(httpsWebhook(outside, guard, unknown)('https://receiver.example/', call)).rejects.toMatchObject({
      code: 'webhook-unavailable',
    });
  });
});

test.each(['http://10.0.0.1/', 'https://[::1]/', 'https://2130706433/'])(
  'an address that stands in a row of the table is judged too: %s is not called',
  async (url) => {
    await expect(httpsWebhook(outside, guard)(url, call)).rejects.toEqual(notAllowed);
  },
);
