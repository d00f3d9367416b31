// docs/messages.md and docs/asyncapi.json say what contracts, topology and functions say.
import { expect, test } from 'vitest';
import { z } from 'zod';
import { allContracts } from '../../shared/contracts/all.ts';
import { readCloudEvent } from '../../shared/kernel/cloud-event.ts';
import { asyncApi } from '../support/messages/asyncapi.ts';
import { channels, readers } from '../support/messages/flows.ts';
import { fieldsOf, toJsonSchema } from '../support/messages/json-schema.ts';
import { messagesPage } from '../support/messages/page.ts';

const messages = { contracts: allContracts, channels: channels(), readers: readers() };
const document = asyncApi(messages);

// The shapes of AsyncAPI 3.0.0 as far as they are used here; anything else in them is a mistake.
// https://github.com/asyncapi/spec-json-schemas/blob/master/schemas/3.0.0.json
const reference = z.strictObject({ $ref: z.string().startsWith('#/') });
const key = z.string().regex(/^[\w.-]+$/);
const asyncApiShape = z.strictObject({
  asyncapi: z.literal('3.0.0'),
  info: z.strictObject({ title: z.string(), version: z.string(), description: z.string() }),
  defaultContentType: z.string(),
  servers: z.record(
    key,
    z.strictObject({
      host: z.string(),
      protocol: z.string(),
      protocolVersion: z.string().optional(),
      description: z.string(),
      variables: z.record(key, z.strictObject({ description: z.string() })),
    }),
  ),
  channels: z.record(
    key,
    z.strictObject({ address: z.string(), servers: z.array(reference), messages: z.record(key, reference) }),
  ),
  operations: z.record(
    key,
    z.strictObject({
      action: z.enum(['send', 'receive']),
      channel: reference,
      messages: z.array(reference).min(1),
      reply: z.strictObject({ channel: reference, messages: z.array(reference).min(1) }).optional(),
    }),
  ),
  components: z.strictObject({
    schemas: z.record(key, z.looseObject({})),
    messages: z.record(
      key,
      z.strictObject({
        name: z.string(),
        title: z.string(),
        summary: z.string(),
        tags: z.array(z.strictObject({ name: z.string() })),
        contentType: z.string(),
        headers: z.looseObject({ type: z.literal('object') }).optional(),
        correlationId: z.strictObject({ location: z.string().startsWith('$message.header#/') }).optional(),
        payload: z.looseObject({}),
        examples: z.tuple([z.strictObject({ payload: z.looseObject({}) })]),
      }),
    ),
  }),
});

test('docs/messages.md lists every message', async () => {
  await expect(messagesPage(messages)).toMatchFileSnapshot('../../docs/messages.md');
});

test('docs/asyncapi.json describes every message', async () => {
  await expect(`${JSON.stringify(document, undefined, 2)}\n`).toMatchFileSnapshot('../../docs/asyncapi.json');
});

test('every field of every message is explained', () => {
  const bare = allContracts.flatMap(({ type, schema }) =>
    fieldsOf(toJsonSchema(schema))
      .filter(({ doc }) => doc === '')
      .map(({ path }) => `${type}: ${path}`),
  );
  expect(bare).toEqual([]);
});

/** What a reader of the JSON Schemas would take is what we take. */
test.each(allContracts)(
  'the JSON Schema of $type takes its example, and refuses it with a field left out',
  ({ schema, example }) => {
    const published = z.fromJSONSchema(toJsonSchema(schema) as Parameters<typeof z.fromJSONSchema>[0]);
    expect(published.safeParse(example).success).toBe(true);
    for (const { path, isRequired } of fieldsOf(toJsonSchema(schema))) {
      if (!isRequired || /[.[]/.test(path)) continue;
      const { [path]: _left, ...rest } = example as Record<string, unknown>;
      expect([path, published.safeParse(rest).success, schema.safeParse(rest).success]).toEqual([path, false, false]);
    }
  },
);

test.each(allContracts)('the published example of $type is one that its reader takes', (contract) => {
  const [{ payload }] = asyncApiShape.parse(document).components.messages[contract.type]?.examples ?? [{ payload: {} }];
  const data = contract.bare ? contract.schema.parse(payload) : readCloudEvent(payload, [contract]).data;
  expect(data).toEqual(contract.example);
});

test('it has the shape of an AsyncAPI 3.0 document', () => {
  expect(() => asyncApiShape.parse(document)).not.toThrow();
});

test('every reference in it leads somewhere, and an operation’s messages are its channel’s', () => {
  const lookUp = (path: string) =>
    path
      .slice(2)
      .split('/')
      .reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], document);
  const refs = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, path = '']) => path);
  expect(refs.length).toBeGreaterThan(50);
  expect(refs.filter((path) => lookUp(path) === undefined)).toEqual([]);
  for (const { channel, messages: used, reply } of Object.values(asyncApiShape.parse(document).operations)) {
    for (const { $ref } of used) expect($ref).toContain(`${channel.$ref}/messages/`);
    for (const { $ref } of reply?.messages ?? []) expect($ref).toContain(`${reply?.channel.$ref}/messages/`);
  }
});
