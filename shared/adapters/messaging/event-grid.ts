import { eventGridPublisher } from './event-grid-publisher.ts';

/** Publishes to the topic of our own events; the SDK is loaded with the first. */
export const events = eventGridPublisher(async () => (await import('./event-grid-client.ts')).client);
