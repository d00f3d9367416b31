import { HttpRequest, InvocationContext } from '@azure/functions';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { httpEndpoint, readBounded, readJson } from '../../../../../shared/adapters/functions/http-endpoint.ts';
import { AppError } from '../../../../../shared/kernel/errors.ts';
import { placeOrderSchema } from '../../../../../shared/orders/place-order.ts';
import { validOrder } from '../../../../support/order-requests.ts';

const post = (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}): HttpRequest =>
  new HttpRequest({
    method: 'POST',
    url: 'http://127.0.0.1/api/v1/orders',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? { string: body } : { bytes: body },
  });

const schema = z.strictObject({ a: z.number() });
const code = (expected: string) => expect.objectContaining({ code: expected });

describe('a JSON body', () => {
  test.each([
    'application/json',
    'application/json; charset=utf-8',
    'application/json;charset="UTF-8"',
    'application/merge-patch+json',
  ])('is taken as %s', async (type) => {
    expect((await readJson(post('{"a":1}', { 'content-type': type }), schema)).value).toEqual({ a: 1 });
  });

  test.each([
    ['content-type', 'text/html'],
    ['content-type', 'application/xml'],
    ['content-type', 'application/json; charset=utf-16'],
    ['content-encoding', 'gzip'],
  ])('is refused by its %s %s', async (name, value) => {
    await expect(readJson(post('{"a":1}', { [name]: value }), schema)).rejects.toEqual(code('unsupported-media-type'));
  });

  test('is refused above the limit of the endpoint, whatever length it declares', async () => {
    expect((await readBounded(post('x'.repeat(10)), 10)).byteLength).toBe(10);
    await expect(readBounded(post('x'.repeat(11)), 10)).rejects.toEqual(code('payload-too-large'));
    await expect(readBounded(post('', { 'content-length': '11' }), 10)).rejects.toEqual(code('payload-too-large'));
  });

  test.each(['__proto__', 'constructor', 'prototype', 'toString'])('an order with a key %s is refused', async (key) => {
    const body = `{"${key}": {"admin": true}, ${JSON.stringify(validOrder()).slice(1)}`;
    await expect(readJson(post(body), placeOrderSchema)).rejects.toEqual(code('invalid-request'));
    expect({}).not.toHaveProperty('admin');
  });
});

describe('a problem', () => {
  const answer = async (thrown: unknown) => {
    const context = new InvocationContext({ invocationId: 'abc', functionName: 'f', logHandler: () => undefined });
    return await httpEndpoint(() => Promise.reject(thrown))(post('{}'), context);
  };

  test('that passes says when to come back, in whole seconds', async () => {
    const error = new AppError('storage-unavailable', 'down', { retryAfterMs: 1_200 });
    expect(await answer(error)).toMatchObject({ status: 503, headers: { 'retry-after': '2' } });
    expect(await answer(new AppError('order-not-found', 'none'))).toMatchObject({
      status: 404,
      headers: expect.not.objectContaining({ 'retry-after': expect.anything() }),
    });
  });

  test('points at the page of its code and at the invocation', async () => {
    const response = await answer(new AppError('order-not-found', 'none'));
    const { body } = response as { body: string };
    expect(JSON.parse(body)).toEqual({
      type: 'https://millrace.example/docs/errors#order-not-found',
      title: 'There is no such order',
      status: 404,
      code: 'order-not-found',
      detail: 'none',
      instance: 'urn:uuid:abc',
    });
  });
});
