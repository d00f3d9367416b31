// How each signal is measured: by bounded reads, for it is done each minute.
import { type DurableClient, OrchestrationRuntimeStatus } from 'durable-functions';
import { hub } from '../../shared/adapters/messaging/event-hubs.ts';
import { serviceBus } from '../../shared/adapters/messaging/service-bus.ts';
import { guards } from '../../shared/adapters/resilience/guards.ts';
import { AppError } from '../../shared/kernel/errors.ts';
import { once } from '../../shared/kernel/once.ts';
import { queues, topology } from '../../shared/kernel/topology.ts';
import {
  type ConsumerPosition,
  lagReadings,
  lookAgain,
  standstillReadings,
} from '../../shared/operations/consumer-position.ts';
import { type Reading, type SignalName, signals } from '../../shared/operations/signals.ts';
import { paymentSaga } from '../../shared/orders/payment-saga.ts';

type Measures = Readonly<Record<SignalName, () => Promise<readonly Reading[]>>>;

export function signalMeasures(client: DurableClient, nowMs: number): Measures {
  const groups = once(async () => (await import('../dead-letters/ports.ts')).deadLetters.groups('open'));
  const positions = once(consumerPositions);
  return {
    'dead-letters': async () =>
      (await groups()).map(({ cause, count }) => ({ name: 'dead-letters', subject: cause, value: count })),
    'dead-letter-age': async () => {
      const ages = (await groups()).map(({ oldestAt }) => nowMs - Date.parse(oldestAt));
      return [{ name: 'dead-letter-age', value: Math.max(0, ...ages) }];
    },
    'outbox-lag': async () => [{ name: 'outbox-lag', value: await outboxLagMs(nowMs) }],
    'consumer-lag': async () => lagReadings(await positions()),
    'consumer-standstill': async () => {
      const { signals: store } = await import('./ports.ts');
      const standing = lookAgain(await store.standing(), await positions(), nowMs);
      await store.putStanding(standing);
      return standstillReadings(await positions(), standing, nowMs);
    },
    'saga-age': async () => [{ name: 'saga-age', value: await sagaAgeMs(client, nowMs) }],
    'operator-tasks': async () => {
      const { tasks } = await import('./ports.ts');
      const { items } = await tasks.list('open', { limit: mostTasks });
      return [{ name: 'operator-tasks', value: items.length }];
    },
    'encode-age': async () => [{ name: 'encode-age', value: await queueAgeMs(queues.encodeChunk, nowMs) }],
  };
}

/** More are not counted. */
const mostTasks = 1_000;
const mostOutboxes = 20;

/** Of the outboxes that could not be published; one that has been since is no suspect any more. */
async function outboxLagMs(nowMs: number): Promise<number> {
  const { signals: store } = await import('./ports.ts');
  const { outbox } = await import('../orders/ports.ts');
  const suspects = await store.suspects(mostOutboxes);
  const lags = await Promise.all(
    suspects.map(async (partition) => {
      const [oldest] = await outbox.rows(partition);
      if (oldest !== undefined) return nowMs - Date.parse(oldest.at);
      await store.clearSuspect(partition);
      return 0;
    }),
  );
  return Math.max(0, ...lags);
}

const hubReader = once(async () => {
  const [{ checkpointContainer, hubPositions }, { container }] = await Promise.all([
    import('../../shared/adapters/messaging/hub-positions.ts'),
    import('../../shared/adapters/blobs/blobs.ts'),
  ]);
  return hubPositions(hub, guards['event-hubs'], container(checkpointContainer));
});

async function consumerPositions(): Promise<readonly ConsumerPosition[]> {
  const positions = await hubReader();
  const byHub = await Promise.all(
    topology.eventHubs.hubs.map(({ name, consumerGroups }) =>
      positions.read(
        name,
        consumerGroups.map((group) => group.name),
      ),
    ),
  );
  return byHub.flat();
}

/** Of the oldest order under way; 0 while none is older than it may be, for only those are asked for. */
async function sagaAgeMs(client: DurableClient, nowMs: number): Promise<number> {
  const { Pending, Running, Suspended } = OrchestrationRuntimeStatus;
  const old = await client.getStatusBy({
    createdTimeTo: new Date(nowMs - signals['saga-age'].warnAbove),
    runtimeStatus: [Pending, Running, Suspended],
  });
  const ages = old
    .filter(({ name }) => name === paymentSaga.name)
    .map(({ createdTime }) => nowMs - new Date(createdTime).getTime());
  return Math.max(0, ...ages);
}

/** Of the message that stands first, under way or not. */
async function queueAgeMs(queue: string, nowMs: number): Promise<number> {
  return await guards['service-bus'].run(async (abortSignal) => {
    const receiver = (await serviceBus()).createReceiver(queue);
    try {
      const [first] = await receiver.peekMessages(1, { abortSignal });
      return first?.enqueuedTimeUtc === undefined ? 0 : Math.max(0, nowMs - first.enqueuedTimeUtc.getTime());
    } catch (cause) {
      throw new AppError('messaging-unavailable', `The queue ${queue} cannot be looked into; try again shortly`, {
        cause,
      });
    } finally {
      await receiver.close();
    }
  });
}
