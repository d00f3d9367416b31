// A page whose name points at 127.0.0.1 reaches no port of the local Azure, and what fails behind everybody's back is said.
import { request } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { type LocalAzure, makeDataFolder, removeData, startLocalAzure } from '../support/local-azure.ts';

const names = ['port', 'blob-port', 'queue-port', 'table-port', 'services-port'] as const;
const data = makeDataFolder();
const ports = new Map<string, number>();
let azure: LocalAzure;

beforeAll(async () => {
  for (const name of names) ports.set(name, await freePort());
  const options = [...ports].flatMap(([name, port]) => [`--${name}`, String(port)]);
  azure = await startLocalAzure(data, options, { MILLRACE_ALLOWED_HOSTS: 'laptop.lan' });
});
afterAll(async () => {
  await azure.stop();
  removeData(data);
});

function isServed(port: number, method: string, headers: Readonly<Record<string, string>>): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, method, path: '/local/health', headers }, (answer) => {
      answer.toArray().then((chunks) => resolve(!Buffer.concat(chunks as Buffer[]).includes('foreign-host')), reject);
    });
    asked.once('error', reject).end();
  });
}

test.each(names)('--%s serves names of this machine and those that are allowed, and no others', async (name) => {
  const port = ports.get(name) ?? 0;
  expect(await isServed(port, 'GET', { host: `evil.example:${port}` })).toBe(false);
  expect(await isServed(port, 'POST', { host: `127.0.0.1:${port}`, origin: 'https://evil.example' })).toBe(false);
  for (const host of [`localhost:${port}`, 'laptop.lan']) expect(await isServed(port, 'GET', { host })).toBe(true);
});

test('an order cannot be placed by a foreign page', async () => {
  const headers = { 'content-type': 'application/json', origin: 'https://evil.example' };
  const answer = await fetch(`${azure.url}/api/v1/orders`, { method: 'POST', headers, body: '{}' });
  expect(answer.status).toBe(403);
  expect(await answer.json()).toMatchObject({
    code: 'foreign-host',
    detail: expect.stringContaining('MILLRACE_ALLOWED_HOSTS'),
  });
});

test('/local/health lists what keeps failing: nothing', async () => {
  const answer = await fetch(`${azure.url}/local/health`);
  expect(await answer.json()).toEqual({ status: 'ok', troubles: [] });
});
