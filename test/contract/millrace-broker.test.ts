// The command `millrace-broker`, as a process of its own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { EventHubProducerClient } from '@azure/event-hubs';
import { ServiceBusClient } from '@azure/service-bus';
import rhea from 'rhea';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { connectionString, receiveOne } from '../support/service-bus.ts';
import { waitFor } from '../support/wait-for.ts';

const command = new URL('../../local/bin/millrace-broker.mjs', import.meta.url).pathname;
const fixture = (name: string) => new URL(`fixtures/emulators/${name}.json`, import.meta.url).pathname;

describe('millrace-broker', () => {
  let directory: string;
  let config: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'millrace-broker-'));
    config = join(directory, 'topology.json');
    await writeFile(config, JSON.stringify({ serviceBus: { queues: [{ name: 'q' }] } }));
    await writeFile(join(directory, 'broken.json'), '{\n  oops\n}');
    await writeFile(join(directory, 'other.json'), '{ "queues": [] }');
  });
  afterEach(() => rm(directory, { recursive: true }));

  const run = (...args: string[]) =>
    spawn(process.execPath, [command, ...args], { cwd: directory, stdio: ['ignore', 'pipe', 'pipe'] });

  async function outcomeOf(...args: string[]): Promise<{ code: number; errors: string }> {
    const child = run(...args);
    const [errors, [code]] = await Promise.all([text(child.stderr), once(child, 'exit') as Promise<[number]>]);
    return { code, errors };
  }

  /** What it printed until it was ready; told to end afterwards, which it must do in good order. */
  async function whileItRuns(args: string[], act: (port: number) => Promise<void>): Promise<string> {
    const child = run('--port', '0', ...args);
    const exited = once(child, 'exit');
    let printed = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (printed += chunk));
    await waitFor('the broker to be ready', () => /^Ready: .*\n/m.test(printed));
    await act(Number(/^Ready: amqp:\/\/127\.0\.0\.1:(\d+)$/m.exec(printed)?.[1]));
    child.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
    return printed;
  }

  async function withClient(port: number, act: (client: ServiceBusClient) => Promise<void>): Promise<void> {
    const client = new ServiceBusClient(connectionString(port));
    await act(client);
    await client.close();
  }

  it('serves the configured entities until it is told to end, and keeps messages between two runs', async () => {
    const kept = ['--config', config, '--data', 'kept'];
    await whileItRuns(kept, (port) =>
      withClient(port, (client) => client.createSender('q').sendMessages({ body: 'kept' })),
    );
    const received: unknown[] = [];
    await whileItRuns(kept, (port) =>
      withClient(port, async (client) => void received.push((await receiveOne(client.createReceiver('q'))).body)),
    );
    expect(received).toEqual(['kept']);
  });

  it('puts files together, and says what it serves, where it is kept and how to connect', async () => {
    const emulators = ['service-bus', 'event-hubs'].flatMap((name) => ['--config', fixture(name)]);
    const printed = await whileItRuns([...emulators, '--config', config, '--ephemeral'], async (port) => {
      const producer = new EventHubProducerClient(connectionString(port), 'eh1');
      expect(await producer.getPartitionIds()).toEqual(['0', '1']);
      await producer.close();
    });
    const lines = printed.replaceAll(/:\d+/g, ':PORT').trimEnd().split('\n');
    expect(lines).toEqual([
      'Queues:      queue.1, q',
      'Topics:      topic.1 (by-fields, by-sql, everything)',
      'Event hubs:  eh1 (2 partitions, $Default, cg1)',
      'Kept:        in memory, until the end',
      `Connect:     ${connectionString(0).replace(':0', ':PORT')}`,
      'Ready: amqp://127.0.0.1:PORT',
    ]);
  });

  it('ends though a client has stopped reading', async () => {
    const printed = await whileItRuns(['--config', config, '--ephemeral'], async (port) => {
      await withClient(port, async (client) => {
        const sender = client.createSender('q');
        for (let sent = 0; sent < 100; sent += 1) await sender.sendMessages({ body: Buffer.alloc(200_000) });
      });
      const connection = rhea.create_container().connect({ port, host: '127.0.0.1', reconnect: false });
      connection.on('disconnected', () => undefined);
      connection.open_receiver({ source: 'q', credit_window: 100, autoaccept: false });
      await once(connection, 'message');
      const { socket } = connection as unknown as { socket: Socket };
      socket.pause();
      onTestFinished(() => void socket.destroy());
    });
    expect(printed).toContain('Ready: ');
  });

  it('writes the configuration of the official emulators, and says what is another there', async () => {
    const child = run('--config', config, '--emulator-configs', 'emulators');
    const [printed] = await Promise.all([text(child.stdout), once(child, 'exit')]);
    expect(printed).toBe(
      'emulators/service-bus/Config.json\nemulators/event-hubs/Config.json\nA message lives for an hour at most there.\n',
    );
    const written = await readFile(join(directory, 'emulators/service-bus/Config.json'), 'utf8');
    expect(JSON.parse(written)).toMatchObject({ UserConfig: { Namespaces: [{ Queues: [{ Name: 'q' }] }] } });
  });

  it('prints its options', async () => {
    const child = run('--help');
    const [printed, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
    expect(printed).toMatch(/^Usage: millrace-broker .*--config.*--port.*--data.*--ephemeral.*--emulator-configs/s);
    expect(code).toBe(0);
  });

  it('names the port that is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    const { code, errors } = await outcomeOf('--config', config, '--port', `${port}`, '--ephemeral');
    taken.close();
    expect(code).toBe(1);
    expect(errors).toContain(`Port ${port} is taken`);
  });

  it.each([
    [['--ephemeral'], /--config needs a file/],
    [['--config', 'absent.json', '--ephemeral'], /Cannot read absent\.json: there is no such file/],
    [['--config', 'topology.json', '--config', 'topology.json'], /two entities named 'q'/],
    [['--config', 'broken.json'], /broken\.json is no JSON: line 2: /],
    [['--config', 'other.json'], /other\.json is neither a topology\.json .* nor an emulator's Config\.json/],
    [['--config', 'topology.json', '--ports', '1'], /--ports/],
    [['--config', 'topology.json', '--port', '70000'], /0 to 65535/],
    [['--config', 'topology.json', '--data', 'd', '--ephemeral'], /not both/],
  ])('refuses %j', async (args, message) => {
    const { code, errors } = await outcomeOf(...args);
    expect(code).toBe(1);
    expect(errors).toMatch(message);
  });
});
