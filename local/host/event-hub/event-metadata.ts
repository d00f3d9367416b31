// What the worker protocol tells of received events besides their bodies: metadata under the names of the .NET
// extension, with the suffix Array where the function takes many at once (the partition is one for all of them).
import type { ReceivedEventData } from '@azure/event-hubs';
import type { TypedData } from '../function-app.ts';

export type ReceivedEvent = Pick<
  ReceivedEventData,
  'body' | 'enqueuedTimeUtc' | 'offset' | 'partitionKey' | 'properties' | 'sequenceNumber' | 'systemProperties'
>;

/** Whose events they are. */
export interface Partition {
  readonly fullyQualifiedNamespace: string;
  readonly eventHubName: string;
  readonly consumerGroup: string;
  readonly partitionId: string;
}

export function eventMetadata(
  events: readonly ReceivedEvent[],
  partition: Partition,
  cardinality: unknown,
): Record<string, TypedData> {
  const all = events.map((event) => wireProperties(event));
  const names = Object.keys(all[0] ?? {});
  const partitionContext = {
    FullyQualifiedNamespace: partition.fullyQualifiedNamespace,
    EventHubName: partition.eventHubName,
    ConsumerGroup: partition.consumerGroup,
    PartitionId: partition.partitionId,
  };
  const data = names.map((name): [string, TypedData] =>
    cardinality === 'many'
      ? [`${name}Array`, { json: JSON.stringify(all.map((each) => each[name])) }]
      : [name, { json: JSON.stringify(all[0]?.[name]) }],
  );
  return { PartitionContext: { json: JSON.stringify(partitionContext) }, ...Object.fromEntries(data) };
}

/** The sender's trace, when a call handles one event: the SDKs send it as traceparent, older ones as Diagnostic-Id. */
export function eventTraceParent(events: readonly ReceivedEvent[]): string | undefined {
  const { properties } = events[0] ?? {};
  const sender: unknown = properties?.['traceparent'] ?? properties?.['Diagnostic-Id'];
  return events.length === 1 && typeof sender === 'string' ? sender : undefined;
}

/** None is undefined: JSON would leave it out. */
function wireProperties(event: ReceivedEvent): Record<string, unknown> {
  const own = {
    PartitionKey: event.partitionKey ?? null,
    Offset: event.offset,
    SequenceNumber: event.sequenceNumber,
    EnqueuedTimeUtc: event.enqueuedTimeUtc,
  };
  // .NET gives a message's own properties their names of AMQP: content-type, message-id.
  const system = Object.entries(event.systemProperties ?? {}).map(([name, value]) => [
    name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
    value,
  ]);
  return {
    ...own,
    Properties: event.properties ?? {},
    SystemProperties: { ...Object.fromEntries(system), ...own },
  };
}
