// $management of Event Hubs: what a hub and its partitions are. The request's application properties say which.
import rhea from 'rhea';
import { partitionAt } from '../../broker/logs/hub.ts';
import { BrokerError } from '../../broker/errors.ts';
import { failure, status } from '../management/answer.ts';
import { toAmqpFailure } from '../conditions.ts';
import type { Request, Respond } from '../request-link.ts';
import type { DurableLogs } from './durable-logs.ts';
import { describePartition } from './event-codec.ts';

const { types } = rhea;

export function respondForHubs(logs: DurableLogs): Respond {
  return (request) => {
    try {
      return Promise.resolve({ applicationProperties: status(200), body: read(logs, request) });
    } catch (error) {
      const { status: code, condition, description } = toAmqpFailure(error);
      return Promise.resolve(failure(code, condition, description));
    }
  };
}

function read(logs: DurableLogs, { operation, properties }: Request): Record<string, unknown> {
  const hub = logs.hub(String(properties['name']));
  const { name } = hub.definition;
  const type = String(properties['type']);
  if (operation === 'READ' && type === 'com.microsoft:eventhub')
    return {
      name,
      type,
      created_at: types.wrap_timestamp(hub.createdAtMs),
      partition_count: types.wrap_int(hub.partitions.length),
      partition_ids: types.wrap_array(
        hub.partitions.map(({ id }) => id),
        0xa1,
        undefined,
      ),
    };
  if (operation === 'READ' && type === 'com.microsoft:partition') {
    const { id, readable } = partitionAt(hub, String(properties['partition']));
    return { name, type, partition: id, ...describePartition(readable) };
  }
  throw new BrokerError(
    'not-implemented',
    `$management knows READ of an event hub or a partition, not '${operation}' of '${type}'.`,
  );
}
