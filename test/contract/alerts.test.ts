// Alerts over the real table: two hosts at once and deaths at every write leave one raise and one clear.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tableAlerts } from '../../shared/adapters/tables/alerts.ts';
import { tableSignals } from '../../shared/adapters/tables/signals.ts';
import { newId } from '../../shared/kernel/ids.ts';
import { type AlertPorts, clearAlert, raiseAlert } from '../../shared/operations/raise-alert.ts';
import { openStore, type Store } from '../../local/store/store.ts';
import { startTablesServer, type TablesServer } from '../../local/tables/server.ts';
import { clientFor } from './tables-cases/client.ts';

let files: Store;
let server: TablesServer;
const table = () => clientFor(`http://127.0.0.1:${server.port}`, 'signalState');

beforeAll(async () => {
  files = await openStore({ ephemeral: true });
  server = await startTablesServer({ store: files, port: 0 });
  await table().createTable();
});

afterAll(async () => {
  await server.close();
  await files.close();
});

const wishOf = (subject: string) => ({ name: 'dead-letters', subject, title: 't', detail: 'd', advice: 'a' });

/** A host that dies at write number `lifetime`, before or after it is done. */
function host(told: string[], lifetime = Number.POSITIVE_INFINITY): AlertPorts {
  let halves = 0;
  const thing = async <T>(run: () => Promise<T>): Promise<T> => {
    if (++halves > lifetime) throw new Error('dead');
    const done = await run();
    if (++halves > lifetime) throw new Error('dead');
    return done;
  };
  const alerts = tableAlerts(table());
  return {
    alerts: { ...alerts, change: (id, decide) => thing(() => alerts.change(id, decide)) },
    tell: (event) => thing(async () => void told.push(`${event.type.split('.').at(-2)} ${event.id}`)),
    now: Date.now,
  };
}

test('ten hosts that see it at once raise it once, and clear it once', async () => {
  const told: string[] = [];
  const wish = wishOf(newId());
  const hosts = Array.from({ length: 10 }, () => host(told));
  await Promise.all(hosts.map((ports) => raiseAlert(ports, wish)));
  expect(await tableAlerts(table()).pending()).toMatchObject([{ state: 'raised', subject: wish.subject }]);
  await Promise.all(hosts.map((ports) => clearAlert(ports, wish)));
  expect([...new Set(told)].map((line) => line.split(' ')[0])).toEqual(['AlertRaised', 'AlertCleared']);
  expect(await tableAlerts(table()).pending()).toEqual([]);
});

test('wherever a host dies, what it stored is told by whoever comes next', async () => {
  for (let lifetime = 0; lifetime <= 10; lifetime += 1) {
    const told: string[] = [];
    const wish = wishOf(newId());
    await raiseAlert(host(told, lifetime), wish).catch(() => undefined);
    await raiseAlert(host(told), wish);
    await clearAlert(host(told, lifetime), wish).catch(() => undefined);
    await clearAlert(host(told), wish);
    expect([...new Set(told)].map((line) => line.split(' ')[0])).toEqual(['AlertRaised', 'AlertCleared']);
  }
});

test('what was measured last is kept a row a signal, the highest of many readings first', async () => {
  const signals = tableSignals(table());
  const readings = Array.from(
    { length: 300 },
    (_, value) => ({ name: 'dead-letters', subject: `c${value}`, value }) as const,
  );
  await signals.put({ name: 'dead-letters', at: '2026-11-21T00:00:00.000Z', failure: 'away' });
  await signals.put({ name: 'dead-letters', at: '2026-11-21T00:01:00.000Z', readings });
  const [latest, ...others] = await signals.latest();
  expect(others).toEqual([]);
  expect(latest).not.toHaveProperty('failure');
  expect(latest?.readings?.map(({ value }) => value)).toEqual(Array.from({ length: 100 }, (_, n) => 299 - n));
});

test('an outbox is a suspect once, until it is cleared', async () => {
  const signals = tableSignals(table());
  for (const order of ['a', 'b', 'a']) await signals.suspect(order);
  expect(await signals.suspects(20)).toEqual(['a', 'b']);
  expect(await signals.suspects(1)).toEqual(['a']);
  for (const _time of [1, 2]) await signals.clearSuspect('a');
  expect(await signals.suspects(20)).toEqual(['b']);
});
