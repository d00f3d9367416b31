// A message whose record was altered on the disk is named at the start, not delivered and not dropped.
import { mkdtemp, rm } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStore } from '../../local/store/store.ts';
import { startServiceBus } from '../support/service-bus.ts';

const serviceBus = { queues: [{ name: 'Orders' }] };

describe('a Service Bus whose store is damaged', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'service-bus-damage-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  it('does not start, and names the queue and the message', async () => {
    const store = await openStore({ directory });
    const bus = await startServiceBus({ serviceBus, store });
    await bus.client.createSender('orders').sendMessages([{ body: 1 }, { body: 2 }]);
    await bus[Symbol.asyncDispose]();
    await store.close();
    const database = new DatabaseSync(join(directory, 'store.db'));
    const alter = `UPDATE rows SET value = substr(value, 1, length(value) - 1) WHERE key LIKE 'orders|%2'`;
    expect(database.prepare(`${alter} AND space = 'broker.messages'`).run().changes).toBe(1);
    database.close();

    const reopened = await openStore({ directory });
    await expect(startServiceBus({ serviceBus, store: reopened })).rejects.toThrow("Message 2 of 'orders' is damaged");
    await reopened.close();
  });
});
