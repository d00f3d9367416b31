// Every event of a hub from a position to its end as it is now; each partition's in order.
import { DefaultAzureCredential } from '@azure/identity';
import {
  earliestEventPosition,
  EventHubConsumerClient,
  type EventPosition,
  type ReceivedEventData,
} from '@azure/event-hubs';
import type { Settings } from '../shared/kernel/settings.ts';
import { CommandError } from './command.ts';

export interface HubEvent {
  readonly body: Uint8Array;
  readonly correlationId: unknown;
}

const defaultGroup = '$Default';
const pauseSeconds = 1;

/** `sequence:<number>`, `offset:<offset>`, a time in ISO 8601, or the beginning. @throws CommandError */
export function parsePosition(text: string | undefined): EventPosition {
  if (text === undefined) return earliestEventPosition;
  const [, kind, value = ''] = /^(sequence|offset):(\d+)$/.exec(text) ?? [];
  if (kind === 'sequence') return { sequenceNumber: Number(value), isInclusive: true };
  if (kind === 'offset') return { offset: value, isInclusive: true };
  const at = new Date(text);
  if (Number.isNaN(at.getTime()) || !/^\d{4}-\d{2}-\d{2}/.test(text))
    throw new CommandError(
      `--from ${text}: give sequence:<number>, offset:<number> or a time such as 2026-11-20T10:00:00Z`,
    );
  return { enqueuedOn: at };
}

export async function readHub(
  settings: Settings,
  hub: string,
  from: EventPosition,
  take: (event: HubEvent) => Promise<void>,
): Promise<void> {
  const consumer = open(settings, hub);
  try {
    const partitions = await consumer.getPartitionIds();
    await Promise.all(partitions.map((partition) => readPartition(consumer, partition, from, take)));
  } catch (cause) {
    if (cause instanceof CommandError || !isUnreachable(cause)) throw cause;
    throw new CommandError(`The hub ${hub} does not answer: start it with npm start, or set EventHubsConnection`, {
      cause,
    });
  } finally {
    await consumer.close();
  }
}

function open(settings: Settings, hub: string): EventHubConsumerClient {
  const { EventHubsConnection: connection, EventHubsConnection__fullyQualifiedNamespace: namespace } = settings;
  const options = { retryOptions: { maxRetries: 2, retryDelayInMs: 500 } };
  if (connection !== undefined) return new EventHubConsumerClient(defaultGroup, connection, hub, options);
  if (namespace === undefined)
    throw new CommandError('Set EventHubsConnection, or EventHubsConnection__fullyQualifiedNamespace');
  return new EventHubConsumerClient(defaultGroup, namespace, hub, new DefaultAzureCredential(), options);
}

const isUnreachable = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  /ECONNREFUSED|ENOTFOUND|ServiceCommunication|Timeout/i.test(`${String(error.code)} ${error.name}`);

async function readPartition(
  consumer: EventHubConsumerClient,
  partition: string,
  startPosition: EventPosition,
  take: (event: HubEvent) => Promise<void>,
): Promise<void> {
  const { isEmpty, lastEnqueuedSequenceNumber: last } = await consumer.getPartitionProperties(partition);
  if (isEmpty) return;
  const { promise: end, resolve, reject } = Promise.withResolvers<undefined>();
  let seen = -1;
  const subscription = consumer.subscribe(
    partition,
    {
      // An empty batch says that nothing is left: the position was at the end already.
      processEvents: async (events: readonly ReceivedEventData[]) => {
        for (const { body, correlationId, sequenceNumber } of events) {
          if (sequenceNumber > last) break;
          await take({ body: body as Uint8Array, correlationId });
          seen = sequenceNumber;
        }
        if (events.length === 0 || seen >= last) resolve(undefined);
      },
      processError: async (error) => reject(error),
    },
    { startPosition, maxBatchSize: 500, maxWaitTimeInSeconds: pauseSeconds, skipParsingBodyAsJson: true },
  );
  try {
    await end;
  } finally {
    await subscription.close();
  }
}
