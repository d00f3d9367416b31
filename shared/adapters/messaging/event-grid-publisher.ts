import type { EventGridPublisherClient } from '@azure/eventgrid';
import type { CloudEvent } from '../../kernel/cloud-event.ts';
import { AppError } from '../../kernel/errors.ts';

export interface EventPublisher {
  /** The same id twice is one event to whoever is idempotent. @throws AppError events-unavailable */
  publish(event: CloudEvent<object>, attributes?: Readonly<Record<string, string>>): Promise<void>;
}

type Client = EventGridPublisherClient<'CloudEvent'>;

/** @param open answers the same client each time */
export const eventGridPublisher = (open: () => Client | Promise<Client>): EventPublisher => ({
  publish: async ({ id, type, source, subject, time, datacontenttype, data }, attributes) => {
    try {
      const event = { id, type, source, subject, time: new Date(time), datacontenttype, data };
      const client = await open();
      await client.send([attributes === undefined ? event : { ...event, extensionAttributes: { ...attributes } }]);
    } catch (cause) {
      if (cause instanceof AppError) throw cause;
      throw new AppError('events-unavailable', 'The event topic does not take the event; try again shortly', { cause });
    }
  },
});
