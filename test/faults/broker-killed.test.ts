// Fault 20, the total queue: real SDK clients of every kind, a broker that is killed twenty times, and at the end every message
// is accounted for.
import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFailed, test } from 'vitest';
import { drain, loadTopology, newLedger, startLoad } from '../support/broker-load.ts';
import { brokerProcess } from '../support/broker-process.ts';
import { waitFor } from '../support/wait-for.ts';

const kills = 20;
const seed = 20;

test('fault 20: killed 20 times under load, a broker loses nothing it accepted and invents nothing', async () => {
  await using broker = brokerProcess(loadTopology);
  onTestFailed(() => console.log(broker.output().slice(-5000)));
  const random = randomFrom(seed);
  const ledger = newLedger();
  const ends: Promise<unknown>[] = [];
  for (let kill = 0; kill < kills; kill += 1) {
    await broker.start();
    const goal = ledger.accepted.size + 50;
    const load = startLoad(broker.port, ledger);
    await waitFor('the load to run', () => ledger.accepted.size > goal);
    await delay(random() * 400);
    await broker.kill();
    ends.push(load.stop());
  }
  await Promise.all(ends);
  await broker.start();
  await drain(broker.port, ledger);

  const lost = [...ledger.accepted].filter((key) => !ledger.seen.has(key));
  expect(lost).toEqual([]);
  expect(ledger.violations).toEqual([]);
  expect(ledger.accepted.size).toBeGreaterThan(kills * 50);
  const places = ['plain', 'batched', 'mail', 'events/audit', 'scheduled', 'once', 'dead', 'kitchen'];
  const acceptedAt = (place: string) => [...ledger.accepted].filter((key) => key.startsWith(`${place} `)).length;
  expect(places.filter((place) => acceptedAt(place) < kills)).toEqual([]);
}, 180_000);

/** mulberry32: the same numbers for the same seed. */
function randomFrom(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
