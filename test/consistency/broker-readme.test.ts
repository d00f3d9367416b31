// The tables of what Service Bus and Event Hubs serve, in local/README.md, lead to every difference the code marks.
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const readme = readFileSync('local/README.md', 'utf8');
const links = [...readme.matchAll(/\]\((?!http)([^)#]+)/g)].map(([, path]) => join('local', path ?? ''));

test('local/README.md links to files that are there', () => {
  expect(links.filter((path) => !existsSync(path))).toEqual([]);
});

test('local/README.md links to each file of the broker that differs from Azure', () => {
  const files = globSync([
    'local/amqp/**/*.ts',
    'local/broker/**/*.ts',
    'local/topology/{service-bus,rule,event-hubs}.ts',
  ]);
  const different = files.filter((path) => readFileSync(path, 'utf8').includes('Differs from Azure:'));
  expect(different.length).toBeGreaterThan(3);
  expect(different.filter((path) => !links.includes(path))).toEqual([]);
});
