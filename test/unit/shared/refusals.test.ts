// What a client reads when a request is refused: the whole list stands in refusals.txt, to be read by a person.
import { expect, test } from 'vitest';
import type { z } from 'zod';
import { salesImport } from '../../../shared/contracts/imports.ts';
import { reading } from '../../../shared/contracts/telemetry.ts';
import type { AppError } from '../../../shared/kernel/errors.ts';
import { parseWith } from '../../../shared/kernel/schema.ts';
import { paragraphs } from '../../../shared/kernel/text.ts';
import { placeOrderSchema } from '../../../shared/orders/place-order.ts';
import { createUploadSchema } from '../../../shared/videos/create-upload.ts';
import { registerWebhookSchema } from '../../../shared/webhooks/webhook.ts';
import { validOrder } from '../../support/order-requests.ts';

const surrogate = '\ud800';
const texts = [7, null, '', ' ', surrogate, 'a\u0000b', 'a\r\nb', 'a\u202eb', 'x'.repeat(3_000)];
const ids = [7, '', '.', '..', 'a/b', 'a b', surrogate, 'x'.repeat(200)];
const emails = [
  7,
  '',
  'ada',
  'ada@',
  `${surrogate}@example.com`,
  'ada@example.com\r\nBcc: x',
  `${'x'.repeat(300)}@example.com`,
];
const numbers = ['1', -1, 0, 1.5, 1e12, null];

/** For each schema a good value, and bad ones by the pointer of the field they stand in. */
const cases: readonly [string, z.ZodType, object, Readonly<Record<string, readonly unknown[]>>][] = [
  [
    'POST /orders',
    placeOrderSchema,
    validOrder(),
    {
      '/customerId': ids,
      '/email': emails,
      '/currency': ['EURO', 'eur', 7],
      '/items': [[], {}, Array.from({ length: 51 }, () => ({ sku: 'A', quantity: 1 }))],
      '/items/0/sku': texts,
      '/items/0/quantity': numbers,
      '/items/0/unitPrice': [7, { amountMinor: -1, currency: 'EUR' }, { amountMinor: 1, currency: 'X' }],
      '/payment/method': ['', 'a b', 7],
      '/shipTo/name': texts,
      '/shipTo/line1': texts,
      '/shipTo/city': texts,
      '/shipTo/postalCode': [7, 'not one', surrogate, 'x'.repeat(21), ''],
      '/shipTo/country': ['ZZ', 'gb', 'GBR', '', 7],
      '/draft': ['yes', 1],
      '/coupon': ['X'],
    },
  ],
  [
    'POST /videos',
    createUploadSchema,
    { fileName: 'a.mp4', contentType: 'video/mp4', sizeBytes: 1 },
    {
      '/fileName': texts,
      '/contentType': ['', 'video', 'video/mp4; a=b', 'x'.repeat(101), 7],
      '/sizeBytes': numbers,
      '/sha256': ['', 'zz', 7],
      '/email': emails,
    },
  ],
  [
    'a reading',
    reading.schema,
    { deviceId: 'd-1', timestamp: '2026-01-01T00:00:00Z', values: { temperature: 1 } },
    {
      '/deviceId': ids,
      '/timestamp': ['', 'yesterday', '2026-01-01', 7, '2026-13-01T00:00:00Z'],
      '/sequence': ['1', -1, 1.5],
      '/values': [{}, [], { 'a b': 1 }, { '': 1 }, { a: '1' }, { a: null }],
    },
  ],
  [
    "a till's file",
    salesImport.schema,
    { tillId: 't', fileId: 'f', currency: 'EUR', sales: [] },
    { '/tillId': ids, '/fileId': ids, '/currency': ['EURO'], '/replyTo': emails, '/sales': [{}, 'none'] },
  ],
  [
    'POST /webhooks',
    registerWebhookSchema,
    { url: 'https://example.com' },
    { '/url': [7, 'x'.repeat(3_000)], '/events': [[], ['Nothing']] },
  ],
  ["an operator's note", paragraphs(1_000), {}, { '': texts }],
];

function put(value: unknown, pointer: string, bad: unknown): unknown {
  if (pointer === '') return bad;
  const [, key = '', ...rest] = pointer.split('/');
  const inner = (value as Record<string, unknown>)[key];
  const next = put(inner, rest.length === 0 ? '' : `/${rest.join('/')}`, bad);
  return Array.isArray(value)
    ? value.map((item: unknown, n) => (String(n) === key ? next : item))
    : { ...(value as object), [key]: next };
}

function refusalOf(schema: z.ZodType, value: unknown): string {
  try {
    parseWith(schema, value, 'invalid-request', 'It');
    return 'taken';
  } catch (error) {
    const { errors = [] } = error as AppError;
    return errors.map(({ pointer, detail }) => `${pointer || '/'} ${detail}`).join('; ');
  }
}

const shown = (bad: unknown): string => {
  const json = JSON.stringify(bad).replaceAll('\u202e', '\\u202e');
  return json.length > 40 ? `${json.slice(0, 37)}…` : json;
};

const refusals = cases.map(([name, schema, good, fields]) => {
  const lines = Object.entries(fields).flatMap(([pointer, values]) =>
    values.map((bad) => `  ${pointer || '/'} ${shown(bad)}: ${refusalOf(schema, put(good, pointer, bad))}`),
  );
  return `${name}\n${lines.join('\n')}\n`;
});

test('every refusal says what is right', async () => {
  await expect(refusals.join('\n')).toMatchFileSnapshot('refusals.txt');
});

test('no refusal is in the words of the schema library', () => {
  expect(refusals.join('\n').match(/^.*\b(Invalid|Expected|Unrecognized|Too (big|small)|received)\b.*$/gm)).toBeNull();
});

test.each(cases.filter(([, , good]) => Object.keys(good).length > 0))(
  '%s: the good value is taken',
  (_name, schema, good) => {
    expect(refusalOf(schema, good)).toBe('taken');
  },
);
