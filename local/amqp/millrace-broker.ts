// The command `millrace-broker`: the local Service Bus and Event Hubs alone, for tests and apps that need nothing else.
import { parseArgs } from 'node:util';
import { openStore, type StoreOptions } from '../store/store.ts';
import { readTopology } from '../topology.ts';
import { startAmqpServer } from './server.ts';

const usage = `Usage: millrace-broker --config <topology.json> [options]

  --config <file>   names queues, topics, subscriptions, rules and event hubs
  --port <number>   port on 127.0.0.1; 0 is any free one (default 5672)
  --data <folder>   keeps messages and events there (default .local/broker)
  --ephemeral       keeps messages in memory and nothing afterwards
  --help            prints this
`;

export type CommandLine =
  | { readonly kind: 'run'; readonly config: string; readonly port: number; readonly store: StoreOptions }
  | { readonly kind: 'help' }
  | { readonly kind: 'refused'; readonly message: string };

export function parseCommandLine(args: readonly string[]): CommandLine {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        config: { type: 'string' },
        port: { type: 'string', default: '5672' },
        data: { type: 'string' },
        ephemeral: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) return { kind: 'help' };
    if (values.config === undefined) return refuse('Option --config needs a file.');
    if (values.ephemeral && values.data !== undefined) return refuse('Give --data or --ephemeral, not both.');
    const port = Number(values.port);
    if (!/^\d+$/.test(values.port) || port > 65_535) return refuse('Option --port needs a port from 0 to 65535.');
    const store = values.ephemeral ? ({ ephemeral: true } as const) : { directory: values.data ?? '.local/broker' };
    return { kind: 'run', config: values.config, port, store };
  } catch (error) {
    return refuse((error as Error).message);
  }
}

/** Runs until SIGINT or SIGTERM; exits 1 when it cannot start. */
export async function main(args: readonly string[]): Promise<void> {
  const commandLine = parseCommandLine(args);
  if (commandLine.kind === 'help') return void process.stdout.write(usage);
  if (commandLine.kind === 'refused') return fail(commandLine.message);
  try {
    const topology = await readTopology(commandLine.config);
    const store = await openStore(commandLine.store);
    const server = await startAmqpServer({ store, topology, port: commandLine.port });
    const end = async () => {
      await server.close();
      await store.close();
      process.exit(0);
    };
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void end());
    process.stdout.write(`Ready: amqp://127.0.0.1:${server.port}\n`);
  } catch (error) {
    fail((error as Error).message);
  }
}

function refuse(message: string): CommandLine {
  return { kind: 'refused', message: `${message}\n\n${usage}` };
}

function fail(message: string): void {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
