// Closed letters go after their time with history and bodies, open ones stay, and a run that died is followed by one that goes on.
import type { TableClient } from '@azure/data-tables';
import { BlobServiceClient, type ContainerClient } from '@azure/storage-blob';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { collectBodies, collectLetters } from '../../shared/adapters/tables/dead-letter-retention.ts';
import { tableDeadLetters } from '../../shared/adapters/tables/dead-letters.ts';
import { contractsOf } from '../../shared/contracts/by-entity.ts';
import { discardLetter } from '../../shared/dead-letters/resubmit.ts';
import type { DeadLetterStore } from '../../shared/dead-letters/dead-letter-store.ts';
import { processArrival } from '../../shared/dead-letters/process-arrival.ts';
import { openStore, type Store } from '../../local/store/store.ts';
import { startTablesServer, type TablesServer } from '../../local/tables/server.ts';
import { type LocalStorage, startLocalStorage } from '../host/support/local-storage.ts';
import { deadLetterArrival } from '../support/dead-letter-arrival.ts';
import { clientFor } from './tables-cases/client.ts';

const dayMs = 24 * 3_600_000;
const at = Date.UTC(2030, 0, 1);
let files: Store;
let server: TablesServer;
let storage: LocalStorage;
let bodies: ContainerClient;
let table: TableClient;
let letters: DeadLetterStore;
let number = 0;

beforeAll(async () => {
  files = await openStore({ ephemeral: true });
  server = await startTablesServer({ store: files, port: 0 });
  storage = await startLocalStorage([]);
});
beforeEach(async () => {
  number += 1;
  const service = BlobServiceClient.fromConnectionString(storage.connectionString);
  bodies = service.getContainerClient(`bodies-${number}`);
  await bodies.create();
  table = clientFor(`http://127.0.0.1:${server.port}`, `letters${number}`);
  await table.createTable();
  letters = tableDeadLetters(table, bodies);
});
afterAll(async () => {
  await storage.close();
  await server.close();
  await files.close();
});

const now = () => at;

/** The id of a letter that arrived just now. */
async function arrive(messageId: string): Promise<string> {
  const arrival = deadLetterArrival({ messageId, originalId: messageId });
  const ports = { deadLetters: letters, contractsOf, repair: async () => false, alert: async () => {}, now };
  await processArrival(ports, arrival);
  const [newest] = (await letters.list({ state: 'open' }, { limit: 100 })).items.filter(
    (letter) => letter.messageId === messageId,
  );
  return newest?.id ?? '';
}

const discard = (id: string) => discardLetter({ letters, now }, id, { action: 'a-1', by: 'a test', reason: 'a test' });
const rows = async () => (await Array.fromAsync(table.listEntities())).map(({ rowKey }) => rowKey ?? '');
const bodyNames = async () => (await Array.fromAsync(bodies.listBlobsFlat())).map(({ name }) => name);
const collect = (days: number) => collectLetters(table, new Date(at + days * dayMs));
/** Bodies have the time of the machine. */
const collectTheirBodies = (days = 2) => collectBodies(table, bodies, new Date(Date.now() + days * dayMs));

test('a closed letter goes with its history and its body once its time is over, and not before', async () => {
  const id = await arrive('m-1');
  await discard(id);
  expect(await collect(-1)).toBe(0);
  expect(await letters.get(id)).toMatchObject({ state: 'discarded' });
  expect(await collect(1)).toBe(1);
  expect(await rows()).toEqual([]);
  expect(await collectTheirBodies(0)).toBe(0);
  expect(await collectTheirBodies()).toBe(1);
  expect(await bodyNames()).toEqual([]);
});

test('an open letter stays whatever its age, and so does its body', async () => {
  const id = await arrive('m-1');
  expect(await collect(1_000)).toBe(0);
  expect(await collectTheirBodies(1_000)).toBe(0);
  expect(await letters.body(id)).toBeInstanceOf(Buffer);
});

test('a run that died after any of its writes is followed by one that leaves nothing', async () => {
  for (let dies = 1; ; dies += 1) {
    await discard(await arrive(`m-${dies}`));
    let left = dies;
    const mortal = new Proxy(table, {
      get: (real, name: keyof TableClient) => {
        const value: unknown = real[name];
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) => {
          if (['deleteEntity', 'submitTransaction'].includes(name) && (left -= 1) < 0) throw new Error('it died');
          return (value as (...given: unknown[]) => unknown).apply(real, args);
        };
      },
    });
    const whole = await collectLetters(mortal, new Date(at + dayMs)).then(
      () => true,
      () => false,
    );
    await collect(1);
    expect(await rows()).toEqual([]);
    if (whole) return;
  }
});
