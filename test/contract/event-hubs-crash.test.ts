// What an event hub took survives a restart and kill -9 of the process that serves it, by the real SDK.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { earliestEventPosition, EventHubConsumerClient, EventHubProducerClient } from '@azure/event-hubs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openStore } from '../../local/store/store.ts';
import { collect, readEvents, startEventHubs } from '../support/event-hubs.ts';
import { connectionString } from '../support/service-bus.ts';
import { waitFor } from '../support/wait-for.ts';

const eventHubs = { hubs: [{ name: 'telemetry', properties: { partitionCount: 2 } }] };
const program = new URL('../support/event-hubs-process.ts', import.meta.url).pathname;
const retryOptions = { maxRetries: 0, timeoutInMs: 2000 };

describe('event hubs that start again', () => {
  it('have the events, numbers and making time they had, and readers go on', async () => {
    await using hubs = await startEventHubs({ eventHubs });
    await hubs.producer().sendBatch([{ body: 'a' }, { body: 'b' }], { partitionId: '1' });
    const { createdOn } = await hubs.producer().getEventHubProperties();
    const reading = collect(hubs.consumer(), '1', earliestEventPosition);
    await waitFor('the first events', () => reading.events.length === 2);
    await hubs.restart();
    const producer = hubs.producer();
    await producer.sendBatch([{ body: 'c' }], { partitionId: '1' });
    expect((await producer.getEventHubProperties()).createdOn).toEqual(createdOn);
    await waitFor('the reader to go on', () => reading.events.length === 3, { timeoutMs: 45_000 });
    expect(reading.events.map(({ body, sequenceNumber }) => [body as string, sequenceNumber])).toEqual([
      ['a', 0],
      ['b', 1],
      ['c', 2],
    ]);
  });

  it('refuse events they cannot store, and take the same number for the next', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const store = await openStore({ ephemeral: true });
    let isBroken = false;
    const full = () => Promise.reject(new Error('database or disk is full'));
    {
      await using hubs = await startEventHubs({
        eventHubs,
        store: { ...store, commit: (changes) => (isBroken ? full() : store.commit(changes)) },
      });
      const send = (body: string) =>
        hubs.producer('telemetry', { retryOptions }).sendBatch([{ body }], { partitionId: '0' });
      await send('stored');
      isBroken = true;
      await expect(send('lost')).rejects.toMatchObject({ code: 'ServerBusyError' });
      isBroken = false;
      await waitFor('the hub to take events again', () => send('next').then(() => true));
      const collected = collect(hubs.consumer(), '0', earliestEventPosition);
      await waitFor('both', () => collected.events.length === 2);
      expect(collected.events.map(({ body, sequenceNumber }) => [body as string, sequenceNumber])).toEqual([
        ['stored', 0],
        ['next', 1],
      ]);
    }
    await store.close();
    vi.restoreAllMocks();
  });
});

describe('event hubs whose process is killed', () => {
  let directory: string;
  let broker: ChildProcess;
  let port = 0;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'event-hubs-crash-'));
    port = 0;
    await start();
  });
  afterEach(async () => {
    await kill();
    await rm(directory, { recursive: true });
  });

  async function start(): Promise<void> {
    const args = [program, directory, String(port), JSON.stringify(eventHubs)];
    broker = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    if (!broker.stdout) throw new Error('no output to read the port from');
    const ended = once(broker, 'exit').then(() => {
      throw new Error('the process ended before it listened');
    });
    const [line] = (await Promise.race([once(createInterface(broker.stdout), 'line'), ended])) as [string];
    ended.catch(() => undefined);
    port = Number(line);
  }

  async function kill(): Promise<void> {
    if (broker.exitCode !== null || broker.signalCode !== null) return;
    const exited = once(broker, 'exit');
    broker.kill('SIGKILL');
    await exited;
  }

  const client = () => new EventHubProducerClient(connectionString(port), 'telemetry', { retryOptions });

  /** Sends batches of up to five to a partition, one after the other, until the process is gone; answers how many events were accepted. */
  async function sendUntilGone(partitionId: string, from: number, onAccepted: () => void): Promise<number> {
    const producer = client();
    let accepted = from;
    try {
      for (;;) {
        const batch = Array.from({ length: 1 + (accepted % 5) }, (_, index) => ({ body: accepted + index }));
        await producer.sendBatch(batch, { partitionId });
        accepted += batch.length;
        onAccepted();
      }
    } catch {
      return accepted;
    } finally {
      await producer.close();
    }
  }

  it('lose nothing they accepted, keep its order and never give a number twice', async () => {
    let next = [0, 0];
    for (let round = 0; round < 4; round += 1) {
      let acceptedBatches = 0;
      const kill20th = () => {
        acceptedBatches += 1;
        if (acceptedBatches === 20) void kill();
      };
      const accepted = await Promise.all(next.map((from, id) => sendUntilGone(String(id), from, kill20th)));
      await waitFor('the process to be gone', () => broker.signalCode !== null);
      await start();
      const producer = client();
      const stored = await Promise.all(
        ['0', '1'].map(async (id) => (await producer.getPartitionProperties(id)).lastEnqueuedSequenceNumber + 1),
      );
      await producer.close();
      for (const [id, count] of stored.entries()) {
        // A batch that was stored and not answered may stand behind those that were.
        const unanswered = count - (accepted[id] ?? 0);
        expect([0, 1 + ((accepted[id] ?? 0) % 5)]).toContain(unanswered);
      }
      next = stored;
    }
    const consumer = new EventHubConsumerClient('$Default', connectionString(port), 'telemetry');
    expect(Math.min(...next)).toBeGreaterThan(20);
    for (const [id, count] of next.entries()) {
      const events = await readEvents(consumer, String(id), earliestEventPosition, count);
      const numbers = Array.from({ length: count }, (_, index) => index);
      expect(events.map(({ body }) => body as number)).toEqual(numbers);
      expect(events.map(({ sequenceNumber }) => sequenceNumber)).toEqual(numbers);
    }
    await consumer.close();
  });
});
