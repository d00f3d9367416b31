import { once } from '../../kernel/once.ts';
import { identity, settings } from '../environment.ts';
import { guardedOptions } from '../resilience/guarded-http.ts';
import { guards } from '../resilience/guards.ts';
import { eventGridPublisher } from './event-grid-publisher.ts';

/** Publishes to the topic of our own events: by key where one is set, by identity elsewhere; guarded. */
export const events = eventGridPublisher(
  once(async () => {
    const { AzureKeyCredential, EventGridPublisherClient } = await import('@azure/eventgrid');
    const { EVENT_GRID_TOPIC_ENDPOINT: endpoint, EVENT_GRID_TOPIC_KEY: key } = settings();
    const access = key === undefined ? identity : new AzureKeyCredential(key);
    return new EventGridPublisherClient(endpoint, 'CloudEvent', access, {
      ...guardedOptions(guards['event-grid']),
      allowInsecureConnection: endpoint.startsWith('http://'),
    });
  }),
);
