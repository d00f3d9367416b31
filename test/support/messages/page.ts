// docs/messages.md from contracts, channels and readers. Pure.
import type { Contract } from '../../../shared/contracts/contract.ts';
import { envelopeSchema, eventName } from '../../../shared/kernel/cloud-event.ts';
import { type Channel, type ChannelKind, destinationsOf, readBy, type Reader } from './flows.ts';
import { type Field, fieldsOf, toJsonSchema } from './json-schema.ts';

export interface Messages {
  readonly contracts: readonly Contract[];
  readonly channels: readonly Channel[];
  readonly readers: readonly Reader[];
}

const kinds: Readonly<Record<ChannelKind, string>> = {
  queue: 'queue',
  topic: 'topic',
  hub: 'hub',
  eventGridTopic: 'Event Grid topic',
  storageQueue: 'storage queue',
};

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
const row = (...cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
const anchor = (contract: Contract): string => eventName(contract.type).toLowerCase();

const sentTo = (contract: Contract): string =>
  destinationsOf(contract)
    .map(({ kind, name }) => `${kinds[kind]} \`${name}\``)
    .join(', ');

/** Who reads it, each with the place it reads at. */
function readersOf({ channels, readers }: Messages, contract: Contract): { by: string; at: string }[] {
  if (contract.kind === 'reply') return [{ by: 'the asker', at: 'the queue it named' }];
  return channels.flatMap((channel) =>
    readers
      .filter(({ kind, channel: name }) => kind === channel.kind && name === channel.name)
      .filter((reader) => readBy(reader, channel).includes(contract))
      .map(({ name }) => ({ by: `\`${name}\``, at: `${kinds[channel.kind]} \`${channel.name}\`` })),
  );
}

const table = (fields: readonly Field[]): string[] => [
  '| field | type | |',
  '|---|---|---|',
  ...fields.map(({ path, type, isRequired, doc }) =>
    row(`\`${path}\``, type, `${isRequired ? '' : 'optional: '}${doc}`.trim()),
  ),
];

function details(messages: Messages, contract: Contract): string[] {
  const { type, kind, doc, about, sentBy, reply, bare, example, earlier = [] } = contract;
  const fields = fieldsOf(toJsonSchema(contract.schema));
  return [
    '',
    `## ${eventName(type)}`,
    '',
    `${kind[0]?.toUpperCase()}${kind.slice(1)} \`${type}\`. ${doc}`,
    '',
    `- sent by ${sentBy}`,
    `- to ${sentTo(contract)}; ${bare === undefined ? 'subject' : 'key'}: ${about}`,
    ...readersOf(messages, contract).map(({ by, at }) => `- read by ${by} from ${at}`),
    ...(reply === undefined
      ? []
      : [`- answered by [${eventName(reply.type)}](#${anchor(reply)}) or [Problem](#problem)`]),
    ...(bare === undefined ? [] : ['- without an envelope: the body is the data']),
    ...(earlier.length === 0 ? [] : [`- still read: ${earlier.map((version) => `\`${version.type}\``).join(', ')}`]),
    '',
    ...(fields.length === 0 ? ['No data.'] : table(fields)),
    '',
    '```json',
    JSON.stringify(example, undefined, 2),
    '```',
  ];
}

/** The whole page. */
export function messagesPage(messages: Messages): string {
  const lines = [
    '# Messages',
    '',
    '`npm test -- --update` writes this page from `shared/contracts/` and `infra/topology.json`. [asyncapi.json](asyncapi.json) is the same for',
    'machines.',
    '',
    'A message is a CloudEvent 1.0 in structured JSON (`application/cloudevents+json`), unless its part of this page says otherwise.',
    'Its label is its name without namespace and version. Its message id is the id of the event. Its correlation id is the subject, which',
    'is also the partition key on a hub.',
    'Readers ignore fields they do not know. So a new optional field needs no new version; any other change does. A message of an',
    'older version is converted to the newest one as it is read. Data of more than 32,000 bytes is stored apart; the message then has',
    '`dataref`, `datasha256` and `datasizebytes` instead of `data`.',
    '',
    '| message | kind | says | sent to | read by |',
    '|---|---|---|---|---|',
    ...messages.contracts.map((contract) =>
      row(
        `[${eventName(contract.type)}](#${anchor(contract)})`,
        contract.kind,
        contract.doc,
        sentTo(contract),
        readersOf(messages, contract)
          .map(({ by }) => by)
          .join(', '),
      ),
    ),
    '',
    '## The envelope',
    '',
    ...table(fieldsOf(toJsonSchema(envelopeSchema)).filter(({ doc }) => doc !== '')),
    ...messages.contracts.flatMap((contract) => details(messages, contract)),
  ];
  return `${lines.join('\n')}\n`;
}
