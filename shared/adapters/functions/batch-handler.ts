// The wrapper of every Event Hub function: reads each event, handles the batch, carries out the rule for events (design: errors
// and settlement). The checkpoint moves on when the function returns, so whatever cannot be handled is in quarantine by then.
import type { EventHubHandler, InvocationContext } from '@azure/functions';
import { type AppError, toAppError } from '../../kernel/errors.ts';
import { settleBatch, settleEvent } from '../../kernel/settlement.ts';
import type { QuarantinedEvent, Quarantine } from '../blobs/quarantine.ts';
import { once } from '../../kernel/once.ts';
import { containers } from '../../kernel/topology.ts';
import { readEvents, type ReceivedEvent } from './received-event.ts';

export interface BatchHandlerOptions<T> {
  readonly hub: string;
  /** What one event says. @throws AppError for one that is not understood, which takes none of the others with it */
  readonly read: (event: ReceivedEvent) => T | Promise<T>;
  /** Idempotent: a batch may come again, whole or in part, and its events one by one. */
  readonly handle: (items: readonly T[], context: InvocationContext) => Promise<void>;
}

/**
 * Bodies come as bytes. The retry has no bound: the checkpoint waits for as long as a dependency is down.
 */
export const hubTrigger = (eventHubName: string, consumerGroup: string) =>
  ({
    connection: 'EventHubsConnection',
    eventHubName,
    consumerGroup,
    cardinality: 'many',
    dataType: 'binary',
    retry: {
      strategy: 'exponentialBackoff',
      maxRetryCount: -1,
      minimumInterval: { seconds: 1 },
      maximumInterval: { seconds: 30 },
    },
  }) as const;

const storedQuarantine = once(async (): Promise<Quarantine> => {
  const [{ container }, { blobQuarantine }] = await Promise.all([
    import('../blobs/blobs.ts'),
    import('../blobs/quarantine.ts'),
  ]);
  return blobQuarantine(container(containers.quarantine));
});

export function batchHandler<T>(
  { hub, read, handle }: BatchHandlerOptions<T>,
  quarantine: () => Quarantine | Promise<Quarantine> = storedQuarantine,
): EventHubHandler {
  return async (bodies, context) => {
    const fail = (event: ReceivedEvent, thrown: unknown): Promise<void> =>
      settleFailure({ hub, ...event }, toAppError(thrown), quarantine, context);
    const understood: { readonly event: ReceivedEvent; readonly item: T }[] = [];
    for (const event of readEvents(bodies, context.triggerMetadata ?? {})) {
      try {
        understood.push({ event, item: await read(event) });
      } catch (thrown) {
        await fail(event, thrown);
      }
    }
    if (understood.length === 0) return;
    try {
      const items = understood.map(({ item }) => item);
      await handle(items, context);
      return;
    } catch (thrown) {
      const error = toAppError(thrown);
      const tries = 1 + (context.retryContext?.retryCount ?? 0);
      context.warn(`${hub}: a batch of ${understood.length} failed: ${error.code}, ${error.message}`);
      if (settleBatch(error, tries) === 'wait') throw error;
    }
    for (const { event, item } of understood) {
      await handle([item], context).catch((thrown: unknown) => fail(event, thrown));
    }
  };
}

/** Nothing is left to do for the event, or it is put away. @throws the error itself when the batch is to wait */
async function settleFailure(
  event: QuarantinedEvent,
  error: AppError,
  quarantine: () => Quarantine | Promise<Quarantine>,
  context: InvocationContext,
): Promise<void> {
  const told = `${event.hub}/${event.partition}/${event.offset}: ${error.code}, ${error.message}`;
  switch (settleEvent(error)) {
    case 'wait':
      throw error;
    case 'skip':
      context.log(`${told}; nothing left to do`);
      return;
    case 'quarantine':
      context.error(`${told}; quarantined`, error.cause ?? error);
      await (await quarantine()).put(event, error);
  }
}
