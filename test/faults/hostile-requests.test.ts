// Fault 40, last line: bodies made to break a parser are answered with 4xx, and the process lives.
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { apiClient } from '../support/api-client.ts';
import { type LocalAzure, makeDataFolder, removeData, startLocalAzure } from '../support/local-azure.ts';
import { validOrder } from '../support/order-requests.ts';

const data = makeDataFolder();
let azure: LocalAzure;
let api: ReturnType<typeof apiClient>;
let hosts: number[];

beforeAll(async () => {
  azure = await startLocalAzure(data);
  api = apiClient(azure.url);
  hosts = azure.children(/millrace-host/);
});

afterAll(async () => {
  await azure.stop();
  removeData(data);
});

const posts = ['/api/v1/orders', '/api/v1/videos', '/api/v1/telemetry'];
const order = JSON.stringify(validOrder());
const with25Mb = (text: string): string => text.padEnd(25 * 1024 * 1024);
const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

const post = (path: string, body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
  fetch(azure.url + path, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } });

test.each(posts)('40. %s refuses 25 MB, depth of 100,000 and what is not UTF-8 or packed', async (path) => {
  const answers = [
    ['payload-too-large', 413, await post(path, with25Mb('{"a": "'))],
    ['invalid-json', 400, await post(path, nested(100_000))],
    ['invalid-json', 400, await post(path, Uint8Array.of(0x7b, 0xff, 0x7d))],
    ['unsupported-media-type', 415, await post(path, order, { 'content-type': 'application/json; charset=utf-16le' })],
    ['unsupported-media-type', 415, await post(path, gzipSync(order), { 'content-encoding': 'gzip' })],
  ] as const;
  for (const [code, status, answer] of answers) {
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({ status, code, instance: expect.stringMatching(/^urn:uuid:/) });
  }
});

test.each(['__proto__', 'constructor', 'prototype'])('40. a key %s is refused or does nothing', async (key) => {
  const poison = `"${key}": {"admin": true, "kind": "x"}`;
  expect((await post('/api/v1/orders', `{${poison}, ${order.slice(1)}`)).status).toBe(400);
  expect((await post('/api/v1/videos', `{${poison}}`)).status).toBe(400);
  const values = `{"deviceId": "d", "timestamp": "${new Date().toISOString()}", "values": {"${key}": 1, "t": 1}}`;
  expect((await post('/api/v1/telemetry', `[${values}]`)).status).toBe(202);
});

test('40. the process that answered all of it lives and takes orders', async () => {
  expect(azure.children(/millrace-host/)).toEqual(hosts);
  expect(await api.settled(await api.place(validOrder()))).toMatchObject({ status: 'completed' });
});
