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
import { collect, readBodies, startEventHubs } from '../support/event-hubs.ts';
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
      expect(collected.events.map(({ body, offset }) => [body as string, offset])).toEqual([
        ['stored', '0'],
        ['next', '1'],
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
    const [line] = (await once(createInterface(broker.stdout), 'line')) as [string];
    port = Number(line);
  }

  async function kill(): Promise<void> {
    const exited = once(broker, 'exit');
    broker.kill('SIGKILL');
    await exited;
  }

  /** Sends one event after the other until the process is gone; answers how many were accepted. */
  async function sendUntilGone(from: number): Promise<number> {
    const producer = new EventHubProducerClient(connectionString(port), 'telemetry', { retryOptions });
    let accepted = from;
    try {
      for (;;) {
        await producer.sendBatch([{ body: accepted }], { partitionId: '0' });
        accepted += 1;
        if (accepted === from + 40) void kill();
      }
    } catch {
      return accepted;
    } finally {
      await producer.close();
    }
  }

  it('lose nothing they accepted and never give a number twice', async () => {
    let accepted = 0;
    for (let round = 0; round < 3; round += 1) {
      accepted = await sendUntilGone(accepted);
      await waitFor('the process to be gone', () => broker.signalCode !== null);
      await start();
      const producer = new EventHubProducerClient(connectionString(port), 'telemetry', { retryOptions });
      // One that was stored and not answered may stand behind those that were.
      const { lastEnqueuedSequenceNumber } = await producer.getPartitionProperties('0');
      expect([accepted, accepted + 1]).toContain(lastEnqueuedSequenceNumber + 1);
      accepted = lastEnqueuedSequenceNumber + 1;
      await producer.close();
    }
    const consumer = new EventHubConsumerClient('$Default', connectionString(port), 'telemetry');
    expect(accepted).toBeGreaterThanOrEqual(120);
    const bodies = await readBodies(consumer, '0', earliestEventPosition, accepted);
    expect(bodies).toEqual(Array.from({ length: accepted }, (_, index) => index));
    await consumer.close();
  });
});
