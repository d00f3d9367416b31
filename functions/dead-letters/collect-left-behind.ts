// Event Grid tells of a blob in quarantine, or among what Event Grid itself gave up: it becomes a dead letter like any other. Should
// this function be away for a day, Event Grid leaves one blob for each blob, which is told of again: nothing is lost, and nothing grows.
import { app } from '@azure/functions';
import { eventGridHandler } from '../../shared/adapters/functions/event-grid-handler.ts';
import { orUndefined } from '../../shared/adapters/storage-errors.ts';
import type { Arrival } from '../../shared/dead-letters/arrival.ts';
import { deadLetterIdOf } from '../../shared/dead-letters/dead-letter.ts';
import { givenUp, originOfEvent, quarantined } from '../../shared/dead-letters/left-behind.ts';
import { processArrival } from '../../shared/dead-letters/process-arrival.ts';
import { AppError } from '../../shared/kernel/errors.ts';
import { containers } from '../../shared/kernel/topology.ts';

const blobs = /^\/blobServices\/default\/containers\/([^/]+)\/blobs\/(.+)$/;

app.eventGrid('collectLeftBehind', {
  handler: eventGridHandler('collectLeftBehind', async ({ subject }, context) => {
    const [, folder = '', name = ''] = blobs.exec(subject) ?? [];
    const read = readers.get(folder);
    if (read === undefined) return context.warn(`nothing is left behind there: ${subject}`);
    const { container } = await import('../../shared/adapters/blobs/blobs.ts');
    const blob = container(folder).getBlobClient(name);
    const found = await orUndefined(async () => {
      const { metadata = {} } = await blob.getProperties();
      return { metadata, body: await blob.downloadToBuffer() };
    });
    if (found === undefined) return context.log(`${subject} is gone`);
    const { arrivalPorts } = await import('./arrival-ports.ts');
    for (const arrival of await read(name, found.metadata, found.body)) {
      context.log(`${subject}: ${await processArrival(arrivalPorts(context), arrival)}`);
    }
  }),
});

type Read = (name: string, metadata: Readonly<Record<string, string>>, body: Uint8Array) => Promise<Arrival[]>;

const readers: ReadonlyMap<string, Read> = new Map<string, Read>([
  [
    containers.quarantine,
    async (_name, metadata, body) => {
      const { sourceEntity, originalId } = originOfEvent(metadata, body);
      const id = metadata['deadletterid'] ?? deadLetterIdOf(originalId, sourceEntity);
      const { deadLetters } = await import('./ports.ts');
      return [quarantined(await deadLetters.get(id), metadata, body)];
    },
  ],
  [
    containers.eventGridDeadLetters,
    async (name, _metadata, body) => eventsIn(name, body).map((one) => givenUp(name, one)),
  ],
]);

/** @throws AppError invalid-message */
function eventsIn(name: string, body: Uint8Array): Readonly<Record<string, unknown>>[] {
  try {
    const events: unknown = JSON.parse(Buffer.from(body).toString());
    return (Array.isArray(events) ? events : [events]).map((event) => ({ ...(event as object) }));
  } catch (cause) {
    throw new AppError('invalid-message', `${name} is no list of events`, { cause });
  }
}
