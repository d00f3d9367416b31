// `npm run dead-letters` against an app that answers as the test says: what it asks, what it prints, how it ends.
import { writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { makeDataFolder, removeData } from '../support/local-azure.ts';
import { runCommand, startCommand } from '../support/run-command.ts';
import { waitFor } from '../support/wait-for.ts';

const folder = makeDataFolder();
const command = 'cli/dead-letters.ts';
const asked: { readonly line: string; readonly key: unknown; readonly body: unknown }[] = [];
/** By method and path without /api/v1/dead-letters; the query is not looked at. */
let answers: Record<string, () => unknown> = {};
let url: string;

const server = createServer((request, response) => {
  void (async () => {
    const [path = '', query = ''] = (request.url ?? '').replace('/api/v1/dead-letters', '').split('?');
    const key = request.headers['x-functions-key'];
    asked.push({ line: `${request.method} ${path}${query && `?${query}`}`, key, body: await bodyOf(request) });
    const answer = answers[`${request.method} ${path}`]?.();
    response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer ?? { title: 'Not found', detail: 'There is no dead letter of this id' }));
  })();
});

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  return text === '' ? undefined : JSON.parse(text);
}

beforeAll(async () => {
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
});
afterAll(() => {
  server.close();
  removeData(folder);
});
beforeEach(() => {
  asked.length = 0;
  answers = {};
});

const run = (...args: readonly string[]) => runCommand([command, ...args, '--url', url], { MILLRACE_KEY: 'secret' });

const letter = (id: string, changes: object = {}) => ({
  id,
  state: 'open',
  cause: 'schema/invalid-message/sales-import',
  sourceEntity: 'sales-import',
  reason: 'invalid-message',
  description: 'no \u001b[2J currency',
  messageId: 'm-1',
  originalId: 'm-1',
  properties: {},
  resubmissions: 0,
  arrivedAt: '2026-11-20T10:00:00Z',
  updatedAt: '2026-11-20T10:00:00Z',
  ...changes,
});

test('a list walks through the pages up to its limit, with the key, and says that there are more', async () => {
  let n = 0;
  answers['GET '] = () => ({ items: Array.from({ length: 100 }, () => letter(`l-${(n += 1)}`)), continuation: 'next' });
  const { code, stdout, stderr } = await run('list', '--limit', '200', '--source', 'sales-import');
  expect([code, stdout.trim().split('\n').length, stderr]).toEqual([0, 201, expect.stringContaining('There are more')]);
  const query = '?sourceEntity=sales-import&state=open&limit=100';
  expect(asked.map(({ line, key }) => [line, key])).toEqual([
    [`GET ${query}`, 'secret'],
    [`GET ${query}&continuation=next`, 'secret'],
  ]);
});

test('a letter is shown with its body and history, and cannot steer the terminal', async () => {
  const history = [{ at: '2026-11-20T10:00:00Z', by: 'millrace', action: 'arrive', outcome: 'open' }];
  answers['GET /l-1'] = () => letter('l-1', { body: { tillId: 'till-3' }, bodyEncoding: 'json', history });
  const { stdout } = await run('show', 'l-1');
  expect(stdout).toContain('invalid-message: no \\u001b[2J currency');
  expect(stdout).toContain('{\n  "tillId": "till-3"\n}');
  expect(stdout).toContain('2026-11-20T10:00:00Z  arrive open, by millrace');
  expect((await run('show', 'l-1', '--body')).stdout).toBe('{\n  "tillId": "till-3"\n}\n');
});

test('a mended body is told as a difference and tried before it is sent, and one that would come back is not', async () => {
  const file = join(folder, 'mended.json');
  const verdicts = [
    { wouldSucceed: false, problems: [{ pointer: '/data/x', code: 'invalid_type', detail: 'a number' }] },
  ];
  answers['GET /l-1'] = () => letter('l-1', { body: { x: 'one', y: 2 }, bodyEncoding: 'json', history: [] });
  answers['POST /l-1/resubmit'] = () => verdicts.shift() ?? { wouldSucceed: true, problems: [], ...letter('l-1') };
  writeFileSync(file, '{ "x": "two", "y": 2 }');
  const bad = await run('resubmit', 'l-1', '--body', file);
  expect([bad.code, bad.stdout]).toEqual([1, expect.stringContaining('-   "x": "one",\n+   "x": "two",')]);
  expect(bad.stdout).toContain('/data/x: a number (invalid_type)\nNothing was sent.');
  writeFileSync(file, '{ "x": 1, "y": 2 }');
  const good = await run('resubmit', 'l-1', '--body', file, '--note', 'told the till');
  expect([good.code, good.stdout]).toEqual([0, expect.stringContaining('Sent to sales-import')]);
  expect(asked.flatMap(({ body }) => (body === undefined ? [] : [body]))).toEqual([
    { body: { x: 'two', y: 2 }, dryRun: true },
    { body: { x: 1, y: 2 }, note: 'told the till', dryRun: true },
    { body: { x: 1, y: 2 }, note: 'told the till' },
  ]);
});

test('the editor of whoever runs it is opened on the body, and what it saved is sent', async () => {
  answers['GET /l-1'] = () => letter('l-1', { body: { currency: 'EURO' }, bodyEncoding: 'json', history: [] });
  answers['POST /l-1/resubmit'] = () => ({ wouldSucceed: true, problems: [], ...letter('l-1') });
  const args = [command, 'resubmit', 'l-1', '--edit', '--url', url];
  const { code } = await runCommand(args, { VISUAL: 'sed -i s/EURO/EUR/', TMPDIR: folder });
  expect([code, asked.at(-1)?.body]).toEqual([0, { body: { currency: 'EUR' } }]);
  expect((await runCommand(args, { VISUAL: 'true', TMPDIR: folder })).stderr).toContain('The body is as it was');
  expect((await runCommand(args, { VISUAL: 'false', TMPDIR: folder })).stderr).toContain('nothing was sent');
});

test('a batch is followed to its end by lines, and ends with 1 when some could not be sent', async () => {
  let done = 0;
  answers['POST /resubmit'] = () => ({ id: 'b-1' });
  answers['GET /batches/b-1'] = () => {
    done += 5;
    return {
      id: 'b-1',
      state: done === 10 ? 'completed' : 'running',
      done: done - 1,
      failed: 1,
      skipped: 0,
      total: 10,
      ratePerSecond: 200,
    };
  };
  const { code, stdout, stderr } = await run('resubmit', '--cause', 'a/b/c', '--rate', '200');
  expect(asked[0]?.body).toEqual({ filter: { cause: 'a/b/c' }, ratePerSecond: 200 });
  expect(stderr).toContain('50 %  5 of 10 at 200/s, 1 failed');
  expect([code, stdout]).toEqual([1, expect.stringContaining('9 of 10 were sent again')]);
});

test('an app that goes away leaves the batch to itself, and the command says how to look on again', async () => {
  answers['POST /resubmit'] = () => ({ id: 'b-1' });
  const { code, stderr } = await run('resubmit', '--cause', 'a/b/c');
  expect([code, stderr]).toEqual([1, expect.stringContaining('npm run dead-letters -- follow b-1')]);
});

test('Ctrl-C stops the batch, and says how to go on', async () => {
  let state = 'running';
  answers['POST /resubmit'] = () => ({ id: 'b-1' });
  answers['GET /batches/b-1'] = () => ({
    id: 'b-1',
    state,
    done: 3,
    failed: 0,
    skipped: 0,
    total: 10,
    ratePerSecond: 50,
  });
  answers['POST /batches/b-1/stop'] = () => ({ id: 'b-1', state: (state = 'stopped') });
  const { child, ended, stdout, stderr } = startCommand([command, 'resubmit', '--source', 'mail', '--url', url]);
  await waitFor('its progress', () => stderr().includes('3 of 10'));
  child.kill('SIGINT');
  expect([await ended, stdout()]).toEqual([1, expect.stringContaining('stopped: 3 of 10 were sent again')]);
});

test.each([
  [['list', '--sku', 'x'], 2, "Unknown option '--sku'"],
  [['list', '--state', 'lost'], 2, 'there are open, repaired, resubmitted, discarded'],
  [['list', '--limit', 'many'], 2, 'give a whole number'],
  [['resubmit'], 2, 'Name one letter or a filter'],
  [['resubmit', 'l-1', '--cause', 'x'], 2, 'Name one letter or a filter'],
  [['resubmit', '--cause', 'x', '--rate', '501'], 2, 'a whole number from 1 to 500'],
  [['resubmit', 'l-1', '--body', '/nowhere.json'], 1, 'no dead letter'],
  [['discard', 'l-1'], 2, 'Say why with --reason'],
  [['show', '../../health'], 1, 'There is no dead letter of this id'],
  [['delete'], 2, 'There is no delete'],
])('%j is refused with %i and says what is wrong', async (args, code, told) => {
  const refused = await run(...args);
  expect([refused.code, refused.stderr]).toEqual([code, expect.stringContaining(told)]);
});
