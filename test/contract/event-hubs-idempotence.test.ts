// Publishing when the answer is lost, by the real SDK: twice without idempotent retries, once with them.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { earliestEventPosition, EventHubBufferedProducerClient } from '@azure/event-hubs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openStore, type Store } from '../../local/store/store.ts';
import { type LocalEventHubs, readBodies, startEventHubs } from '../support/event-hubs.ts';
import { connectionString } from '../support/service-bus.ts';

const eventHubs = { hubs: [{ name: 'telemetry', properties: { partitionCount: 1 } }] };

let store: Store;
let hubs: LocalEventHubs;
/** Passes everything on to the hubs, until its connections are cut. */
let wire: Server;
const sockets = new Set<Socket>();
let losesNextAnswer = false;

beforeEach(async () => {
  store = await openStore({ ephemeral: true });
  losesNextAnswer = false;
  const commit: Store['commit'] = async (changes) => {
    await store.commit(changes);
    if (losesNextAnswer) for (const socket of sockets) socket.destroy();
    losesNextAnswer = false;
  };
  hubs = await startEventHubs({ eventHubs, store: { ...store, commit } });
  wire = createServer((near) => {
    const far = connect(hubs.port, '127.0.0.1');
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => other.destroy());
      socket.pipe(other);
    }
  }).listen(0, '127.0.0.1');
  await once(wire, 'listening');
});
afterEach(async () => {
  wire.close();
  await hubs[Symbol.asyncDispose]();
  await store.close();
});

/** Sends four events one by one; the answer to the third is lost. */
async function sendFour(enableIdempotentRetries: boolean): Promise<unknown[]> {
  const { port } = wire.address() as AddressInfo;
  const producer = new EventHubBufferedProducerClient(connectionString(port), 'telemetry', {
    enableIdempotentRetries,
    maxWaitTimeInMs: 20,
    retryOptions: { retryDelayInMs: 50, timeoutInMs: 2000 },
    onSendEventsErrorHandler: () => undefined,
  });
  for (const body of ['a', 'b', 'c', 'd']) {
    losesNextAnswer = body === 'c';
    await producer.enqueueEvent({ body });
    await producer.flush();
  }
  const { lastEnqueuedSequenceNumber } = await producer.getPartitionProperties('0');
  await producer.close();
  return readBodies(hubs.consumer(), '0', earliestEventPosition, lastEnqueuedSequenceNumber + 1);
}

it('an event whose answer is lost is there once when retries are idempotent', async () => {
  expect(await sendFour(true)).toEqual(['a', 'b', 'c', 'd']);
});

it('an event whose answer is lost is there twice otherwise', async () => {
  expect(await sendFour(false)).toEqual(['a', 'b', 'c', 'c', 'd']);
});
