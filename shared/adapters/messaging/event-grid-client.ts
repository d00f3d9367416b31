import { AzureKeyCredential, EventGridPublisherClient } from '@azure/eventgrid';
import { settings } from '../environment.ts';
import { identity } from '../identity.ts';
import { guardedOptions } from '../resilience/guarded-http.ts';
import { guards } from '../resilience/guards.ts';

const { EVENT_GRID_TOPIC_ENDPOINT: endpoint, EVENT_GRID_TOPIC_KEY: key } = settings();

/** Of the topic of our own events: by key where one is set, by identity elsewhere; guarded. */
export const client = new EventGridPublisherClient(
  endpoint,
  'CloudEvent',
  key === undefined ? identity : new AzureKeyCredential(key),
  { ...guardedOptions(guards['event-grid']), allowInsecureConnection: endpoint.startsWith('http://') },
);
