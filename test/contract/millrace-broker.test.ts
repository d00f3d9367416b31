// The command `millrace-broker`, as a process of its own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { ServiceBusClient } from '@azure/service-bus';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectionString, receiveOne } from '../support/service-bus.ts';

const command = new URL('../../local/bin/millrace-broker.mjs', import.meta.url).pathname;

describe('millrace-broker', () => {
  let directory: string;
  let config: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'millrace-broker-'));
    config = join(directory, 'topology.json');
    await writeFile(config, JSON.stringify({ serviceBus: { queues: [{ name: 'q' }] } }));
  });
  afterEach(() => rm(directory, { recursive: true }));

  const run = (...args: string[]) =>
    spawn(process.execPath, [command, ...args], { cwd: directory, stdio: ['ignore', 'pipe', 'pipe'] });

  async function outcomeOf(...args: string[]): Promise<{ code: number; errors: string }> {
    const child = run(...args);
    const [errors, [code]] = await Promise.all([text(child.stderr), once(child, 'exit') as Promise<[number]>]);
    return { code, errors };
  }

  async function whileItRuns(act: (client: ServiceBusClient) => Promise<void>): Promise<void> {
    const child = run('--config', config, '--port', '0', '--data', 'kept');
    const [line] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string];
    const port = Number(/^Ready: amqp:\/\/127\.0\.0\.1:(\d+)$/m.exec(line)?.[1]);
    const client = new ServiceBusClient(connectionString(port));
    await act(client);
    await client.close();
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
  }

  it('serves the configured entities until it is told to end, and keeps messages between two runs', async () => {
    await whileItRuns((client) => client.createSender('q').sendMessages({ body: 'kept' }));
    const received: unknown[] = [];
    await whileItRuns(async (client) => void received.push((await receiveOne(client.createReceiver('q'))).body));
    expect(received).toEqual(['kept']);
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
    [['--config', 'absent.json', '--ephemeral'], /absent\.json/],
    [['--config', 'topology.json', '--ports', '1'], /--ports/],
    [['--config', 'topology.json', '--port', '70000'], /0 to 65535/],
    [['--config', 'topology.json', '--data', 'd', '--ephemeral'], /not both/],
  ])('refuses %j', async (args, message) => {
    const { code, errors } = await outcomeOf(...args);
    expect(code).toBe(1);
    expect(errors).toMatch(message);
  });
});
