import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { readHostJson } from '../../../local/host/host-json.ts';

const folders: string[] = [];
function folderWith(document: unknown): string {
  const folder = mkdtempSync(join(tmpdir(), 'host-json-'));
  folders.push(folder);
  writeFileSync(join(folder, 'host.json'), JSON.stringify(document));
  return folder;
}
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

const read = (document: object, environment = {}) =>
  readHostJson(folderWith({ version: '2.0', ...document }), environment);

describe('host.json', () => {
  it("has Azure's defaults", () => {
    const hostJson = read({});
    expect(hostJson.http).toEqual({
      routePrefix: 'api',
      customHeaders: {},
      maxConcurrentRequests: Infinity,
      maxOutstandingRequests: Infinity,
    });
    expect(hostJson.serviceBus).toMatchObject({ maxConcurrentCalls: 16, maxConcurrentSessions: 8 });
    expect(hostJson.queues).toMatchObject({ batchSize: 16, newBatchThreshold: 8, maxDequeueCount: 5 });
  });

  it('reads time spans', () => {
    const extensions = { serviceBus: { sessionIdleTimeout: '00:00:05' }, queues: { maxPollingInterval: '00:00:02' } };
    const hostJson = read({ functionTimeout: '00:10:00', extensions });
    expect(hostJson.functionTimeoutMs).toBe(600_000);
    expect(hostJson.serviceBus.sessionIdleTimeoutMs).toBe(5_000);
    expect(hostJson.queues.maxPollingIntervalMs).toBe(2_000);
  });

  it('lets functions run for ever with functionTimeout -1', () => {
    expect(read({ functionTimeout: '-1' }).functionTimeoutMs).toBeUndefined();
  });

  it('names what has no effect here, when it is said', () => {
    const extensions = { serviceBus: { transportType: 'amqpWebSockets', enableCrossEntityTransactions: false } };
    expect(read({ extensions }).ignored).toEqual(['extensions.serviceBus.transportType']);
  });

  it('is overridden by AzureFunctionsJobHost settings, whatever their case', () => {
    const document = { extensions: { http: { routePrefix: 'api' }, serviceBus: { maxConcurrentCalls: 4 } } };
    const hostJson = read(document, {
      AzureFunctionsJobHost__extensions__http__routePrefix: 'v1',
      AzureFunctionsJobHost__Extensions__ServiceBus__MaxConcurrentCalls: '2',
    });
    expect(hostJson.http.routePrefix).toBe('v1');
    expect(hostJson.serviceBus.maxConcurrentCalls).toBe(2);
  });

  it('reads how HTTP functions are called', () => {
    const customHeaders = { 'x-frame-options': 'DENY' };
    const http = { routePrefix: '/v1/', customHeaders, maxConcurrentRequests: 2, maxOutstandingRequests: -1 };
    expect(read({ extensions: { http } }).http).toEqual({
      ...http,
      routePrefix: 'v1',
      maxOutstandingRequests: Infinity,
    });
  });

  it('may have comments, as with func', () => {
    const folder = folderWith({});
    writeFileSync(join(folder, 'host.json'), '{ // "no": 1\n "version": "2.0", /* { */ "functionTimeout": "-1" }');
    expect(readHostJson(folder, {}).functionTimeoutMs).toBeUndefined();
  });

  it('says in which line it is no JSON', () => {
    const folder = folderWith({});
    writeFileSync(join(folder, 'host.json'), '{\n // a comment\n "version": "2.0",,\n}');
    expect(() => readHostJson(folder, {})).toThrow(/host\.json is not valid JSON: .*line 3/);
  });

  it('must be there', () => {
    expect(() => readHostJson(join(folderWith({}), 'elsewhere'), {})).toThrow(
      /There is no .*host\.json: an app needs one/,
    );
  });

  it('reads how Event Hub functions take their events', () => {
    const initialOffsetOptions = { type: 'fromEnqueuedTime', enqueuedTimeUtc: '2026-01-01T00:00:00Z' };
    const extensions = { eventHubs: { maxEventBatchSize: 50, minEventBatchSize: 500, initialOffsetOptions } };
    expect(read({}).eventHubs).toMatchObject({ maxEventBatchSize: 100, initialPosition: { offset: '-1' } });
    expect(read({ extensions }).eventHubs).toMatchObject({
      maxEventBatchSize: 50,
      minEventBatchSize: 50,
      batchCheckpointFrequency: 1,
      initialPosition: { enqueuedOn: new Date('2026-01-01T00:00:00Z') },
    });
  });

  it.each([
    [{ extensions: { eventHubs: { initialOffsetOptions: { type: 'middle' } } } }, /fromStart, fromEnd or/],
    [
      { extensions: { eventHubs: { initialOffsetOptions: { type: 'fromEnqueuedTime' } } } },
      /enqueuedTimeUtc must be a time/,
    ],
    [
      { extensions: { queues: { visibilityTimeout: '10s' } } },
      /extensions\.queues\.visibilityTimeout must be a time span/,
    ],
    [{ extensions: { serviceBus: { maxConcurrentCalls: 'many' } } }, /maxConcurrentCalls must be a whole number/],
    [{ version: '1.0' }, /"version": "2\.0"/],
  ])('says what is wrong in %j', (document, message) => {
    expect(() => read(document)).toThrow(message);
  });
});
