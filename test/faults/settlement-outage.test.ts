// Fault 17: every dependency is down for two minutes. Nothing is dead-lettered, and everything is done after.
import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFailed, test } from 'vitest';
import { apiClient } from '../support/api-client.ts';
import { anyDeadLetters } from '../support/dead-letters.ts';
import { makeDataFolder, removeData, startLocalAzure } from '../support/local-azure.ts';
import { expectBooksBalance } from '../support/order-invariants.ts';
import { validOrder } from '../support/order-requests.ts';

const downMs = 120_000;

test('fault 17: payments, carrier and mail down for two minutes: no dead letter, every order completes with one mail', async () => {
  const data = makeDataFolder();
  const azure = await startLocalAzure(data);
  onTestFailed(() => console.log(azure.output().slice(-20_000)));
  try {
    const api = apiClient(azure.url);
    const set = async (mode: string, ...targets: readonly string[]): Promise<void> => {
      for (const target of targets) {
        expect(await api.ask('POST', '/local/faults', { target, mode })).toMatchObject({ status: 200 });
      }
    };
    const place = (count: number): Promise<string[]> =>
      Promise.all(Array.from({ length: count }, () => api.place(validOrder())));

    // Completed while the mail is down, their confirmations wait from the beginning.
    await set('down', 'mail');
    const downAt = Date.now();
    const orderIds = await place(5);
    for (const orderId of orderIds) expect(await api.settled(orderId)).toMatchObject({ status: 'completed' });
    await set('down', 'payments', 'carrier');
    const alsoDownAt = Date.now();
    for (let batch = 0; batch < 3; batch += 1) {
      orderIds.push(...(await place(5)));
      await delay(downMs / 3 - (Date.now() - alsoDownAt - (batch * downMs) / 3));
      expect(await anyDeadLetters(azure)).toEqual([]);
    }
    expect(Date.now() - downAt).toBeGreaterThanOrEqual(downMs);
    expect(await api.get('/local/mail')).toEqual([]);

    await set('ok', 'payments', 'carrier', 'mail');
    const orders = await expectBooksBalance(azure, orderIds);
    expect(orders.map(({ status }) => status)).toEqual(orderIds.map(() => 'completed'));
    expect(await anyDeadLetters(azure)).toEqual([]);
  } finally {
    await azure.stop();
    removeData(data);
  }
});
