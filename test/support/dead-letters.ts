import type { ServiceBusReceivedMessage } from '@azure/service-bus';
import { containers, queues } from '../../shared/kernel/topology.ts';
import { blobsOf } from './azure-storage.ts';
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

/** A letter as the API lists it, and its body as it is stored. */
export interface ListedLetter {
  readonly id: string;
  readonly state: string;
  readonly cause: string;
  readonly sourceEntity: string;
  readonly reason: string;
  readonly description: string;
  readonly messageId: string;
  readonly originalId: string;
  readonly bodySha256: string;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly body: string;
}

/** Every letter, whatever became of it, newest first. */
export async function deadLettersOf(azure: LocalAzure): Promise<ListedLetter[]> {
  const letters: ListedLetter[] = [];
  const bodies = blobsOf(azure).getContainerClient(containers.deadLetterBodies);
  let after = '';
  do {
    const response = await fetch(`${azure.url}/api/v1/dead-letters?limit=100${after}`);
    // A host that was killed is being started again.
    if (!response.ok) return letters;
    const page = (await response.json()) as { readonly items: ListedLetter[]; readonly continuation?: string };
    for (const letter of page.items) {
      const body = await bodies.getBlobClient(`${letter.id}/${letter.bodySha256}`).downloadToBuffer();
      letters.push({ ...letter, body: body.toString() });
    }
    after = page.continuation === undefined ? '' : `&continuation=${encodeURIComponent(page.continuation)}`;
  } while (after !== '');
  return letters;
}

/** What stands in `dead-letters` and, given up there, in its own dead-letter queue; and what became a letter. */
export const anyDeadLetters = async (azure: LocalAzure): Promise<unknown[]> => [
  ...(await peekFromStart(azure, queues.deadLetters)),
  ...(await peekFromStart(azure, queues.deadLetters, 'its dead-letter queue')),
  ...(await deadLettersOf(azure)),
];
