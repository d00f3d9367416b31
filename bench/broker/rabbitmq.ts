// Debian's RabbitMQ in the foreground, on free ports of 127.0.0.1 and with data of its own: two classic queues behind the AMQP
// 1.0 plugin, one of them durable. https://www.rabbitmq.com/docs/3.10/configure
import { createHash } from 'node:crypto';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { waitFor } from '../../test/support/wait-for.ts';
import { type Server, usageOf } from './servers.ts';

/** Debian's own command changes to another user first. */
const command = '/usr/lib/rabbitmq/bin/rabbitmq-server';
const user = 'guest';

export const isRabbitInstalled = (): boolean => existsSync(command);

/** The queues are `transient` and `durable`. */
export async function startRabbit(folder: string): Promise<Server> {
  const begun = performance.now();
  const [port, epmdPort, distributionPort] = [await freePort(), await freePort(), await freePort()];
  const epmd = spawn('epmd', ['-port', String(epmdPort), '-address', '127.0.0.1'], { stdio: 'ignore' });
  const child = spawn(command, [], {
    stdio: 'ignore',
    env: { ...process.env, ...environment(folder, port), ...erlang(folder, epmdPort, distributionPort) },
  });
  await waitFor('RabbitMQ to listen', () => child.exitCode === null && canConnect(port), { timeoutMs: 60_000 });
  return {
    port,
    startMs: performance.now() - begun,
    ...usageOf(() => child.pid),
    async stop(signal) {
      await end(child, signal);
      await end(epmd, signal);
    },
  };
}

async function end(child: ChildProcess, signal?: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null) return;
  const exited = once(child, 'exit');
  child.kill(signal);
  await exited;
}

function environment(folder: string, port: number): Record<string, string> {
  const definitions = join(folder, 'definitions.json');
  const config = join(folder, 'rabbitmq.conf');
  const plugins = join(folder, 'enabled_plugins');
  const data = join(folder, 'data');
  mkdirSync(data, { recursive: true });
  const queue = { vhost: '/', auto_delete: false, arguments: {} };
  const everything = { configure: '.*', write: '.*', read: '.*' };
  writeFileSync(
    definitions,
    JSON.stringify({
      vhosts: [{ name: '/' }],
      users: [{ name: user, ...passwordOf(user), tags: '' }],
      permissions: [{ user, vhost: '/', ...everything }],
      queues: [
        { name: 'transient', durable: false, ...queue },
        { name: 'durable', durable: true, ...queue },
      ],
    }),
  );
  writeFileSync(config, `load_definitions = ${definitions}\nlisteners.tcp.default = 127.0.0.1:${port}\n`);
  writeFileSync(plugins, '[rabbitmq_amqp1_0].\n');
  return {
    RABBITMQ_CONFIG_FILE: config,
    RABBITMQ_ENABLED_PLUGINS_FILE: plugins,
    RABBITMQ_MNESIA_BASE: data,
    RABBITMQ_LOG_BASE: data,
    RABBITMQ_NODENAME: 'bench@localhost',
  };
}

function erlang(folder: string, epmdPort: number, distributionPort: number): Record<string, string> {
  return {
    HOME: folder,
    ERL_EPMD_ADDRESS: '127.0.0.1',
    ERL_EPMD_PORT: String(epmdPort),
    RABBITMQ_DIST_PORT: String(distributionPort),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
  };
}

/** https://www.rabbitmq.com/docs/3.10/passwords#computing-password-hash */
function passwordOf(password: string) {
  const salt = Buffer.from('salt');
  const hash = createHash('sha256').update(salt).update(password).digest();
  return {
    password_hash: Buffer.concat([salt, hash]).toString('base64'),
    hashing_algorithm: 'rabbit_password_hashing_sha256',
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

async function canConnect(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
