// The supervisor as a user meets it: real processes, real signals, no leftovers.
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AzureKeyCredential, EventGridPublisherClient } from '@azure/eventgrid';
import { BlobServiceClient } from '@azure/storage-blob';
import { Stripe } from 'stripe';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { waitFor } from '../support/wait-for.ts';
import {
  type SupervisorProcess,
  type SupervisorProcessOptions,
  startSupervisorProcess,
} from './support/supervisor-process.ts';

let data: string;
let started: SupervisorProcess[] = [];

beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'millrace-'));
});
afterEach(async () => {
  for (const run of started) if (run.group().length > 0) run.killGroup('SIGKILL');
  started = [];
  await rm(data, { recursive: true });
});

function start(options: SupervisorProcessOptions = {}): SupervisorProcess {
  const run = startSupervisorProcess({ ...options, args: ['--data', data, ...(options.args ?? [])] });
  started.push(run);
  return run;
}
const allGone = (run: SupervisorProcess) => waitFor('every process to be gone', () => run.group().length === 0);
const json = async (url: string) => (await fetch(url)).json();
const paymentClient = (url: string) =>
  new Stripe('sk_test_local', { host: '127.0.0.1', port: new URL(url).port, protocol: 'http' });
const settingsOf = async (ready: string) => (await json(`${ready}/api/settings`)) as Record<string, string>;

describe('a start', () => {
  test('runs the app with settings that name the real ports, and says where everything is', async () => {
    const run = start();
    const ready = await run.ready();
    expect(run.output().trimEnd().endsWith(`Ready: ${ready}`)).toBe(true);
    expect(run.output()).toContain('without sign-in');
    const settings = await settingsOf(ready);
    expect(settings['ServiceBusConnection']).toMatch(/^Endpoint=sb:\/\/localhost:\d+;/);
    expect(settings['AzureWebJobsStorage']).toMatch(/TableEndpoint=http:\/\/127\.0\.0\.1:\d+\/devstoreaccount1;/);
    expect(settings['PAYMENTS_URL']).not.toBe('http://127.0.0.1:7072');
    expect(settings['WEBSITE_HOSTNAME']).toBe(new URL(ready).host);
    expect(await json(`${ready}/local/mail`)).toEqual([]);
    expect(await (await fetch(ready)).text()).toContain('Millrace runs');
  });

  test('lets the environment win over the settings file', async () => {
    const ready = await start({ environment: { PAYMENTS_URL: 'http://127.0.0.1:9' } }).ready();
    expect((await settingsOf(ready))['PAYMENTS_URL']).toBe('http://127.0.0.1:9');
  });

  test('runs as many hosts as it is told', async () => {
    const ready = await start({ args: ['--hosts', '2', '--ephemeral'] }).ready();
    const pids = await Promise.all(Array.from({ length: 4 }, () => json(`${ready}/api/pid`)));
    expect(new Set(pids).size).toBe(2);
  });

  test('without a host leaves port 7071 to func and serves the rest', async () => {
    const run = start({ args: ['--no-host', '--ephemeral'] });
    const ready = await run.ready();
    expect(await json(`${ready}/local/payments`)).toEqual([]);
    expect(() => run.childPid('millrace-host')).toThrow('no child');
  });

  test('with --auth demands the keys it keeps in its data folder', async () => {
    const run = start({ args: ['--auth'] });
    const ready = await run.ready();
    expect(run.output()).toContain(`Functions demand the keys in ${join(data, 'keys.json')}`);
    const { masterKey } = JSON.parse(await readFile(join(data, 'keys.json'), 'utf8')) as { masterKey: string };
    const admin = (headers: Record<string, string>) => fetch(`${ready}/admin/functions`, { headers });
    expect((await admin({})).status).toBe(401);
    expect((await admin({ 'x-functions-key': masterKey })).status).toBe(200);
  });

  test('carries on with the data of the run before', async () => {
    const first = start();
    const { PAYMENTS_URL: url = '' } = await settingsOf(await first.ready());
    const { id } = await paymentClient(url).paymentIntents.create({ amount: 500, currency: 'eur' });
    first.kill('SIGTERM');
    expect(await first.exited).toBe(0);
    const ready = await start().ready();
    expect(await json(`${ready}/local/payments`)).toMatchObject([{ id, amountMinor: 500 }]);
  });
});

describe('a start that cannot be', () => {
  test.each(['--port', '--amqp-port', '--blob-port', '--queue-port', '--table-port', '--services-port'])(
    'names the taken port of %s and leaves no process',
    async (option) => {
      const occupant = createServer().listen(0, '127.0.0.1');
      await once(occupant, 'listening');
      const { port } = occupant.address() as AddressInfo;
      const run = start({ args: [option, String(port)] });
      expect(await run.exited).toBe(1);
      occupant.close();
      expect(run.output()).toContain(`Port ${port} (`);
      expect(run.output()).toContain(`choose another port with ${option}`);
      await allGone(run);
    },
  );

  test('names an unknown option', async () => {
    const run = start({ args: ['--prot', '1'] });
    expect(await run.exited).toBe(1);
    expect(run.output()).toContain('Unknown option --prot.');
  });

  test('names the data folder that another run uses, which goes on', async () => {
    const ready = await start().ready();
    const second = start();
    expect(await second.exited).toBe(1);
    expect(second.output()).toContain(`Another Millrace is using ${data}`);
    expect((await fetch(`${ready}/api/pid`)).status).toBe(200);
  });

  test('names the file of a topology that will not do', async () => {
    const topology = join(data, 'bad.json');
    await writeFile(topology, '{');
    const run = start({ args: ['--topology', topology] });
    expect(await run.exited).toBe(1);
    expect(run.output()).toContain(topology);
    await allGone(run);
  });
});

describe('an end', () => {
  test('by Ctrl-C, even twice, leaves no process and the exit code 0', async () => {
    const run = start();
    await run.ready();
    run.killGroup('SIGINT');
    run.killGroup('SIGINT');
    expect(await run.exited).toBe(0);
    expect(run.group()).toEqual([]);
  });

  test('during the start leaves no process', async () => {
    const run = start();
    await waitFor('the first child', () => run.group().length > 1);
    run.kill('SIGTERM');
    expect(await run.exited).toBe(0);
    await allGone(run);
  });

  test('of the supervisor alone, by kill -9, ends its children, and the next start finds ports and locks free', async () => {
    const run = start();
    await run.ready();
    const [, amqpPort = ''] = /sb:\/\/localhost:(\d+)/.exec(run.output()) ?? [];
    run.kill('SIGKILL');
    await run.exited;
    const next = start({ args: ['--amqp-port', amqpPort] });
    await next.ready();
    expect(next.output()).toContain(`sb://localhost:${amqpPort} `);
    await allGone(run);
  });
});

describe('a process that dies', () => {
  test('as host is started again behind the same address', async () => {
    const run = start();
    const ready = await run.ready();
    const before = await json(`${ready}/api/pid`);
    process.kill(run.childPid('millrace-host'), 'SIGKILL');
    await waitFor('the line about it', () => /The host process died: it ended with SIGKILL/.test(run.output()));
    expect(await json(`${ready}/api/pid`)).not.toBe(before);
  });

  test('as services is started again on its ports, with what it acknowledged', async () => {
    const run = start();
    const ready = await run.ready();
    const { PAYMENTS_URL: url = '' } = await settingsOf(ready);
    const payments = paymentClient(url);
    const { id } = await payments.paymentIntents.create({ amount: 700, currency: 'eur' });
    process.kill(run.childPid('services-process'), 'SIGKILL');
    expect(await waitFor('the services', () => payments.paymentIntents.retrieve(id))).toMatchObject({ amount: 700 });
    expect(await json(`${ready}/local/payments`)).toMatchObject([{ id }]);
  });

  test('as storage is started again on its ports', async () => {
    const run = start();
    const { AzureWebJobsStorage: storage = '' } = await settingsOf(await run.ready());
    const queues = /QueueEndpoint=([^;]+)/.exec(storage)?.[1] ?? '';
    process.kill(run.childPid('storage-process'), 'SIGKILL');
    await waitFor('the line about it', () => /The storage process died/.test(run.output()));
    const answer = await waitFor('storage', () => fetch(`${queues}/hints`));
    expect(answer.headers.get('server')).toContain('Azurite');
  });
});

describe('events', () => {
  const noted = (ready: string, subject: string) =>
    waitFor(`a note of ${subject}`, async () => ((await json(`${ready}/api/subjects`)) as string[]).includes(subject), {
      timeoutMs: 30_000,
    });

  test('of blobs reach their function, also when services and storage have died', async () => {
    const run = start();
    const ready = await run.ready();
    const { AzureWebJobsStorage: connection = '' } = await settingsOf(ready);
    const files = BlobServiceClient.fromConnectionString(connection).getContainerClient('files');
    await files.getBlockBlobClient('before').upload('', 0);
    await noted(ready, '/blobServices/default/containers/files/blobs/before');
    for (const name of ['services-process', 'storage-process']) process.kill(run.childPid(name), 'SIGKILL');
    await waitFor('storage', () => files.getBlockBlobClient('after').upload('', 0));
    await noted(ready, '/blobServices/default/containers/files/blobs/after');
    const [event] = (await json(`${ready}/local/events`)) as { deliveries: { state: string }[] }[];
    expect(event?.deliveries).toMatchObject([{ subscription: 'files', attempts: expect.any(Array) }]);
  });

  test('that the app publishes reach their function', async () => {
    const ready = await start({ args: ['--ephemeral'] }).ready();
    const { EVENT_GRID_TOPIC_ENDPOINT: endpoint = '', EVENT_GRID_TOPIC_KEY: key = '' } = await settingsOf(ready);
    const options = { allowInsecureConnection: true };
    const publisher = new EventGridPublisherClient(endpoint, 'EventGrid', new AzureKeyCredential(key), options);
    await publisher.send([{ eventType: 'Told', subject: 'news', dataVersion: '1', data: {} }]);
    expect(await noted(ready, 'news')).toBe(true);
  });
});
