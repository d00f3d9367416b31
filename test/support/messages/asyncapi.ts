// docs/asyncapi.json from contracts, channels and readers: what the app sends and receives [AsyncAPI 3.0.0]. Pure.
// https://www.asyncapi.com/docs/reference/specification/v3.0.0
import type { Contract } from '../../../shared/contracts/contract.ts';
import { problem } from '../../../shared/contracts/problem.ts';
import { cloudEventContentType, envelopeSchema, eventName, toCloudEvent } from '../../../shared/kernel/cloud-event.ts';
import { type Channel, type ChannelKind, destinationsOf, readBy, type Reader } from './flows.ts';
import { type JsonSchema, toJsonSchema } from './json-schema.ts';
import type { Messages } from './page.ts';

const server = (protocol: string, host: string, variable: string, description: string) => ({
  host,
  protocol,
  ...(protocol === 'amqps' ? { protocolVersion: '1.0' } : {}),
  description,
  variables: { [variable]: { description: 'as the deployment names it' } },
});

const servers = {
  serviceBus: server('amqps', '{namespace}.servicebus.windows.net', 'namespace', 'Service Bus'),
  eventHubs: server('amqps', '{namespace}.servicebus.windows.net', 'namespace', 'Event Hubs'),
  eventGrid: server('https', '{topic}.eventgrid.azure.net', 'topic', 'Event Grid topic of our own events'),
  storageQueues: server('https', '{account}.queue.core.windows.net', 'account', 'queues of the storage account'),
};

const serverOf: Readonly<Record<ChannelKind, keyof typeof servers>> = {
  queue: 'serviceBus',
  topic: 'serviceBus',
  hub: 'eventHubs',
  eventGridTopic: 'eventGrid',
  storageQueue: 'storageQueues',
};

const ref = (...path: readonly string[]) => ({ $ref: `#/${path.join('/')}` });
const channelId = ({ kind, name }: Pick<Channel, 'kind' | 'name'>): string => `${kind}.${name}`;

const text = (description: string): JsonSchema => ({ type: 'string', description });

/** Properties of the broker's message, which AsyncAPI calls headers. */
const brokerHeaders = {
  messageId: text("the event's id: what comes twice under one id counts once"),
  subject: text('the label: the name without namespace and version'),
  correlationId: text("what the event is about; of a reply, the query's id"),
  contentType: { const: cloudEventContentType },
};

const queryHeaders = {
  replyTo: text('the queue of the reply'),
  replyToSessionId: text('the session its asker waits in'),
};

function headersOf({ kind, sentTo }: Contract): object | undefined {
  if (!('queue' in sentTo || 'topic' in sentTo)) return undefined;
  if (kind !== 'query') return { type: 'object', properties: brokerHeaders };
  return {
    type: 'object',
    properties: { ...brokerHeaders, ...queryHeaders },
    required: ['messageId', 'replyTo', 'replyToSessionId'],
  };
}

function payloadOf({ type, schema, bare }: Contract): object {
  const data = toJsonSchema(schema);
  if (bare) return data;
  const own = { type: 'object', properties: { type: { const: type }, data }, required: ['data'] };
  return { allOf: [ref('components', 'schemas', 'CloudEvent'), own] };
}

const exampleOf = { id: 'example-1', subject: 'example-1', time: '2026-11-20T10:00:00.000Z' };

function messageOf(contract: Contract): object {
  const { type, kind, doc, bare, example } = contract;
  const headers = headersOf(contract);
  return {
    name: type,
    title: eventName(type),
    summary: doc,
    tags: [{ name: kind }],
    contentType: bare ? 'application/json' : cloudEventContentType,
    ...(headers === undefined ? {} : { headers, correlationId: { location: '$message.header#/correlationId' } }),
    payload: payloadOf(contract),
    examples: [{ payload: bare ? example : toCloudEvent({ ...exampleOf, type, data: example }) }],
  };
}

const channelOf = (channel: Channel): object => ({
  address: channel.name,
  servers: [ref('servers', serverOf[channel.kind])],
  messages: Object.fromEntries(
    channel.contracts.map(({ type }) => [eventName(type), ref('components', 'messages', type)]),
  ),
});

const messageRefs = (channel: Channel, contracts: readonly Contract[]) =>
  contracts.map(({ type }) => ref('channels', channelId(channel), 'messages', eventName(type)));

/** What we send there: queries are asked by others, and replies belong to what receives the query. */
function sending(channel: Channel): [string, object][] {
  const sent = channel.contracts.filter(
    (contract) =>
      (contract.kind === 'command' || contract.kind === 'event') &&
      destinationsOf(contract).some(({ kind, name }) => kind === channel.kind && name === channel.name),
  );
  if (sent.length === 0) return [];
  return [
    [
      `send.${channelId(channel)}`,
      { action: 'send', channel: ref('channels', channelId(channel)), messages: messageRefs(channel, sent) },
    ],
  ];
}

function receiving(reader: Reader, channels: readonly Channel[]): [string, object] {
  const found = (is: (channel: Channel) => boolean): Channel => {
    const channel = channels.find(is);
    if (channel === undefined) throw new Error(`${reader.name} reads where nothing is sent`);
    return channel;
  };
  const channel = found(({ kind, name }) => kind === reader.kind && name === reader.channel);
  const [{ reply } = {}] = channel.contracts;
  const replies = reply === undefined ? [] : [reply, problem];
  const answering = reply && found(({ kind, contracts }) => kind === 'queue' && contracts.includes(reply));
  return [
    reader.name,
    {
      action: 'receive',
      channel: ref('channels', channelId(channel)),
      messages: messageRefs(channel, readBy(reader, channel)),
      ...(answering === undefined
        ? {}
        : { reply: { channel: ref('channels', channelId(answering)), messages: messageRefs(answering, replies) } }),
    },
  ];
}

/** The whole document. */
export function asyncApi({ contracts, channels, readers }: Messages) {
  const readHere = readers.filter((reader) =>
    channels.some(({ kind, name }) => kind === reader.kind && name === reader.channel),
  );
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Millrace',
      version: '1',
      description: 'The messages of Millrace. Each has a version of its own, at the end of its type.',
    },
    defaultContentType: cloudEventContentType,
    servers,
    channels: Object.fromEntries(channels.map((channel) => [channelId(channel), channelOf(channel)])),
    operations: Object.fromEntries([
      ...channels.flatMap(sending),
      ...readHere.map((reader) => receiving(reader, channels)),
    ]),
    components: {
      schemas: { CloudEvent: toJsonSchema(envelopeSchema) },
      messages: Object.fromEntries(contracts.map((contract) => [contract.type, messageOf(contract)])),
    },
  };
}
