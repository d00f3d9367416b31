import type { ServiceBusReceivedMessage } from '@azure/service-bus';
import type { LocalAzure } from './local-azure.ts';
import { busClient } from './order-status-asker.ts';

type Queue = 'queue' | 'its dead-letter queue';

/** Up to 250 messages of a queue, from the oldest, locked ones too. A client of its own, for the SDK's goes on where it last was. */
export async function peekFromStart(
  azure: LocalAzure,
  name: string,
  where: Queue = 'queue',
): Promise<ServiceBusReceivedMessage[]> {
  const bus = busClient(azure);
  const options = where === 'queue' ? {} : ({ subQueueType: 'deadLetter' } as const);
  try {
    return await bus.createReceiver(name, { ...options, skipParsingBodyAsJson: true }).peekMessages(250);
  } finally {
    await bus.close();
  }
}

/** What stands in `dead-letters` and, given up there, in its own dead-letter queue. */
export async function peekDeadLetters(azure: LocalAzure): Promise<ServiceBusReceivedMessage[]> {
  return [
    ...(await peekFromStart(azure, 'dead-letters')),
    ...(await peekFromStart(azure, 'dead-letters', 'its dead-letter queue')),
  ];
}
