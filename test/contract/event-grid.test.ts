// Event Grid by its real publisher and a webhook: what is published arrives, is tried again, given up, or outlives the process.
import { AzureKeyCredential, EventGridPublisherClient } from '@azure/eventgrid';
import { afterEach, describe, expect, it } from 'vitest';
import { developmentTopicKey } from '../../local/topology/event-grid.ts';
import { openStore } from '../../local/store/store.ts';
import { type EventGridServer, startEventGridServer } from '../support/event-grid-server.ts';
import { waitFor } from '../support/wait-for.ts';
import { agreeToHandshake, startWebhookReceiver } from '../support/webhook-receiver.ts';

const cloudTopic = (subscription: object = {}) => ({
  name: 'cloud',
  properties: { inputSchema: 'CloudEventSchemaV1_0' },
  subscriptions: [{ name: 'All-Of-It', function: 'takeAll', ...subscription }],
});
const gridTopic = (subscription: object = {}) => ({
  name: 'grid',
  subscriptions: [{ name: 'all', function: 'takeAll', ...subscription }],
});
const event = (id: string) => ({ specversion: '1.0', id, source: '/test', type: 'Tested', data: { id } });
const gridEvent = (id: string) => ({ id, subject: '/s', eventType: 'T', eventTime: '2030-01-01T00:00:00Z' });
const blobEvent = (id: string) => ({ ...gridEvent(id), topic: '/account' });

let server: EventGridServer;
afterEach(() => server.close());

function publisher(topic: string, key = developmentTopicKey) {
  const schema = topic === 'cloud' ? 'CloudEvent' : 'EventGrid';
  return new EventGridPublisherClient(
    `${server.url}/event-grid/topics/${topic}/api/events`,
    schema,
    new AzureKeyCredential(key),
    { allowInsecureConnection: true, retryOptions: { maxRetries: 0 } },
  );
}

async function received(count: number) {
  await waitFor(`${count} deliveries`, () => server.webhook.received.length >= count);
  return server.webhook.received;
}

describe('the publisher', () => {
  it('sends CloudEvents, which arrive one by one with Azure’s headers', async () => {
    server = await startEventGridServer({ topics: [cloudTopic()] });
    const sent = { type: 'Tested', source: '/test', subject: 'it', data: { n: 1 } };
    await (publisher('cloud') as EventGridPublisherClient<'CloudEvent'>).send([sent, sent]);
    const [first] = await received(2);
    expect(first?.body).toMatchObject({ specversion: '1.0', ...sent });
    expect(first?.url).toBe('/runtime?functionName=takeAll');
    expect(first?.headers).toMatchObject({
      'content-type': 'application/cloudevents+json; charset=utf-8',
      'aeg-event-type': 'Notification',
      'aeg-subscription-name': 'ALL-OF-IT',
      'aeg-delivery-count': '0',
    });
  });

  it('sends the Event Grid schema, which arrives as an array of one', async () => {
    server = await startEventGridServer({ topics: [gridTopic()] });
    const sent = { eventType: 'Tested', subject: 'it', dataVersion: '3', data: { n: 1 } };
    await (publisher('grid') as EventGridPublisherClient<'EventGrid'>).send([sent]);
    const [first] = await received(1);
    expect(first?.body).toMatchObject([
      { ...sent, metadataVersion: '1', topic: expect.stringMatching(/topics\/grid$/) },
    ]);
    expect(first?.headers).toMatchObject({ 'aeg-data-version': '3', 'aeg-metadata-version': '1' });
  });

  it('is refused with another key', async () => {
    server = await startEventGridServer({ topics: [cloudTopic()] });
    const sending = (publisher('cloud', 'wrong') as EventGridPublisherClient<'CloudEvent'>).send([event('1')]);
    await expect(sending).rejects.toMatchObject({ statusCode: 401 });
    expect(await server.view()).toEqual([]);
  });

  it('is told what is wrong with an event, and nothing of the request is taken', async () => {
    server = await startEventGridServer({ topics: [cloudTopic()] });
    const answer = await server.publish('cloud', [event('1'), { id: 'x' }]);
    expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining('Event 1')]);
    expect(await server.view()).toEqual([]);
  });

  it('is refused above 1 MiB', async () => {
    server = await startEventGridServer({ topics: [cloudTopic()] });
    const answer = await server.publish('cloud', [{ ...event('1'), data: 'x'.repeat(1024 * 1024) }]);
    expect(answer.status).toBe(413);
  });

  it('is told when there is no such topic', async () => {
    server = await startEventGridServer({ topics: [cloudTopic()] });
    expect((await server.publish('nowhere', [event('1')])).status).toBe(404);
  });
});

describe('a raised event', () => {
  const systemTopics = [{ name: 'storage', subscriptions: [{ name: 'uploads', function: 'f' }] }];

  it('that is told again is delivered once', async () => {
    server = await startEventGridServer({ systemTopics });
    expect((await server.raise([blobEvent('1')])).status).toBe(200);
    await received(1);
    await server.raise([blobEvent('1'), blobEvent('2')]);
    const all = await received(2);
    expect(all.map(({ body }) => (body as { id: string }[])[0]?.id)).toEqual(['1', '2']);
  });

  it('is refused without the key', async () => {
    server = await startEventGridServer({ systemTopics });
    expect((await server.raise([blobEvent('1')], developmentTopicKey)).status).toBe(401);
  });
});

describe('a delivery', () => {
  it('that fails is made again on Azure’s schedule until it succeeds', async () => {
    server = await startEventGridServer({ topics: [cloudTopic()] });
    server.webhook.onDelivery = () => ({ status: server.webhook.received.length < 3 ? 500 : 200 });
    await server.publish('cloud', [event('1')]);
    await server.attempts('1', 1);
    server.clock.advance(9_999);
    expect(server.webhook.received).toHaveLength(1);
    server.clock.advance(1);
    await server.attempts('1', 2);
    server.clock.advance(30_000);
    const delivery = await server.attempts('1', 3);
    expect(delivery.state).toBe('delivered');
    expect(server.webhook.received.map(({ headers }) => headers['aeg-delivery-count'])).toEqual(['0', '1', '2']);
    const [fails, works, ...others] = server.log.filter((line) => line.startsWith("Event Grid's delivery to "));
    expect(fails).toMatch(/keeps failing and is tried again: GenericError at http:\S+$/);
    expect(works).toMatch(/works again$/);
    expect(others).toEqual([]);
  });

  it('that is not answered in 30 s is made again', async () => {
    server = await startEventGridServer({ topics: [cloudTopic()] });
    server.webhook.onDelivery = () => undefined;
    await server.publish('cloud', [event('1')]);
    await received(1);
    server.clock.advance(30_000);
    expect((await server.attempts('1', 1)).attempts[0]?.outcome).toBe('TimedOut');
    server.clock.advance(10_000);
    await received(2);
  });

  it('that hangs holds up no other subscription', async () => {
    const other = { name: 'other', function: 'other' };
    const topic = cloudTopic();
    server = await startEventGridServer({ topics: [{ ...topic, subscriptions: [...topic.subscriptions, other] }] });
    server.webhook.onDelivery = ({ url }) => (url.endsWith('other') ? { status: 200 } : undefined);
    await server.publish(
      'cloud',
      Array.from({ length: 30 }, (_, index) => event(String(index))),
    );
    await waitFor('30 deliveries to the other', async () => {
      const states = (await server.view()).flatMap(({ deliveries }) => deliveries);
      return (
        states.filter(({ subscription, state }) => subscription === 'other' && state === 'delivered').length === 30
      );
    });
    // And no more than sixteen at once wait for the one that hangs.
    expect(server.webhook.received.filter(({ url }) => url.endsWith('takeAll'))).toHaveLength(16);
  });

  it('that is refused with 400 is a dead letter at once', async () => {
    server = await startEventGridServer({ topics: [cloudTopic({ deadLetterContainer: 'dead-letters' })] });
    server.webhook.onDelivery = () => ({ status: 400 });
    await server.publish('cloud', [event('1')]);
    await waitFor('the dead letter', () => server.deadLetters.length === 1);
    const [letter] = server.deadLetters;
    expect(letter).toMatchObject({
      container: 'dead-letters',
      name: expect.stringMatching(/^ALL-OF-IT\/2030\/1\/1\/0\/[0-9a-f-]{36}\.json$/),
      body: [{ id: '1', lastdeliveryoutcome: 'BadRequest', deliveryattempts: 1 }],
    });
    await waitFor('its end', async () => (await server.view())[0]?.deliveries[0]?.state === 'dead-lettered');
  });

  it('keeps its dead letter until storage takes it', async () => {
    server = await startEventGridServer({ topics: [cloudTopic({ deadLetterContainer: 'dead-letters' })] });
    server.webhook.onDelivery = () => ({ status: 413 });
    server.storageIsDown = true;
    await server.publish('cloud', [event('1')]);
    await waitFor('the first try', () => server.log.some((line) => line.includes('storage is down')));
    server.storageIsDown = false;
    await waitFor('the dead letter', () => {
      server.clock.advance(10_000);
      return server.deadLetters.length === 1;
    });
    expect(server.deadLetters[0]?.body).toMatchObject([{ id: '1' }]);
  });

  it('ends with its time to live, without another attempt', async () => {
    const properties = { retryPolicy: { eventTimeToLiveInMinutes: 1 } };
    server = await startEventGridServer({ topics: [cloudTopic({ properties })] });
    server.webhook.onDelivery = () => ({ status: 500 });
    await server.publish('cloud', [event('1')]);
    await server.attempts('1', 1);
    server.clock.advance(10_000);
    await server.attempts('1', 2);
    server.clock.advance(30_000);
    await server.attempts('1', 3);
    server.clock.advance(20_000);
    await waitFor('its end', async () => (await server.view())[0]?.deliveries[0]?.state === 'dropped');
    expect((await server.view())[0]?.deliveries[0]?.reason).toBe('TimeToLiveExceeded');
    expect(server.webhook.received).toHaveLength(3);
  });

  it('outlives the process that accepted it', async () => {
    const store = await openStore({ ephemeral: true });
    const webhook = await startWebhookReceiver();
    webhook.onDelivery = () => undefined;
    const options = { topics: [cloudTopic()], store, webhook };
    const before = await startEventGridServer(options);
    await before.publish('cloud', [event('1')]);
    await waitFor('the attempt', () => webhook.received.length === 1);
    await before.close();

    webhook.onDelivery = () => ({ status: 200 });
    server = await startEventGridServer(options);
    await waitFor('its end', async () => (await server.view())[0]?.deliveries[0]?.state === 'delivered');
    expect(webhook.received).toHaveLength(2);
    await webhook.close();
    await store.close();
  });

  it('to a subscription that is gone from the topology is dropped', async () => {
    const store = await openStore({ ephemeral: true });
    const before = await startEventGridServer({ topics: [cloudTopic()], store });
    before.webhook.onDelivery = () => undefined;
    await before.publish('cloud', [event('1')]);
    await before.close();

    server = await startEventGridServer({ topics: [cloudTopic({ name: 'another' })], store });
    expect((await server.view())[0]?.deliveries).toMatchObject([{ subscription: 'All-Of-It', state: 'dropped' }]);
    await store.close();
  });

  it('that succeeded is not made again by the next process', async () => {
    const store = await openStore({ ephemeral: true });
    const webhook = await startWebhookReceiver();
    const options = { topics: [cloudTopic()], store, webhook };
    const before = await startEventGridServer(options);
    await before.publish('cloud', [event('1')]);
    await before.attempts('1', 1);
    await before.close();

    server = await startEventGridServer(options);
    await server.publish('cloud', [event('2')]);
    await server.attempts('2', 1);
    expect(webhook.received).toHaveLength(2);
    await webhook.close();
    await store.close();
  });
});

describe('a webhook', () => {
  const toWebhook = { function: undefined };

  it('of the Event Grid schema gets nothing before it has answered the validation code', async () => {
    const webhook = await startWebhookReceiver();
    webhook.onHandshake = () => ({ status: 200, body: { validationResponse: 'guessed' } });
    server = await startEventGridServer({ topics: [gridTopic(toWebhook)], webhook });
    await waitFor('the handshake', () => server.log.some((line) => line.includes('before its webhook agrees')));
    await server.publish('grid', [gridEvent('1')]);
    expect(webhook.received).toEqual([]);
    webhook.onHandshake = agreeToHandshake;
    server.clock.advance(10_000);
    await received(1);
    expect(webhook.handshakes[0]?.body).toMatchObject([
      { eventType: 'Microsoft.EventGrid.SubscriptionValidationEvent', data: { validationCode: expect.any(String) } },
    ]);
    await webhook.close();
  });

  it('of CloudEvents agrees by OPTIONS', async () => {
    server = await startEventGridServer({ topics: [cloudTopic(toWebhook)] });
    await server.publish('cloud', [event('1')]);
    await received(1);
    expect(server.webhook.handshakes).toMatchObject([
      { method: 'OPTIONS', headers: { 'webhook-request-origin': 'eventgrid.azure.net' } },
    ]);
  });

  it('that does not name Event Grid’s origin gets nothing', async () => {
    const webhook = await startWebhookReceiver();
    webhook.onHandshake = () => ({ status: 200, headers: { 'webhook-allowed-origin': 'elsewhere.example' } });
    server = await startEventGridServer({ topics: [cloudTopic(toWebhook)], webhook });
    await waitFor('the handshake', () => server.log.length > 0);
    await server.publish('cloud', [event('1')]);
    expect(webhook.received).toEqual([]);
    await webhook.close();
  });
});
