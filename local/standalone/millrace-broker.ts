// The command `millrace-broker`: the local Service Bus and Event Hubs alone, for tests and apps that need nothing else.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BrokerTopology, parseSources, readSource } from '../topology/broker-topology.ts';
import { toEmulatorConfigs } from '../topology/write-emulator-config.ts';
import { type CommandLine, parseCommandLine, usage } from './command-line.ts';
import { describeTopology } from './describe-topology.ts';
import { serve } from './serve.ts';

/** Runs until SIGINT or SIGTERM, after which nothing keeps the process; exits 1 when it cannot start. */
export async function main(args: readonly string[]): Promise<void> {
  const commandLine = parseCommandLine(args);
  if (commandLine.kind === 'help') return say(usage);
  if (commandLine.kind === 'refused') return fail(commandLine.message);
  try {
    const topology = parseSources(await Promise.all(commandLine.configs.map(readSource)));
    if (commandLine.kind === 'run') await run(topology, commandLine);
    else await writeEmulatorConfigs(topology, commandLine.folder);
  } catch (error) {
    fail((error as Error).message);
  }
}

async function run(topology: BrokerTopology, { port, store }: CommandLine & { kind: 'run' }): Promise<void> {
  const broker = await serve({ topology, port, store });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void broker.close());
  const place = 'directory' in store ? `in ${store.directory}` : 'in memory, until the end';
  say(`${describeTopology(topology)}Kept:        ${place}\nConnect:     ${broker.connectionString}\n`);
  say(`Ready: amqp://127.0.0.1:${broker.port}\n`);
}

async function writeEmulatorConfigs(topology: BrokerTopology, folder: string): Promise<void> {
  const { serviceBus, eventHubs, changes } = toEmulatorConfigs(topology);
  for (const [name, config] of Object.entries({ 'service-bus': serviceBus, 'event-hubs': eventHubs })) {
    const file = join(folder, name, 'Config.json');
    await mkdir(join(folder, name), { recursive: true });
    await writeFile(file, `${JSON.stringify(config, null, 2)}\n`);
    say(`${file}\n`);
  }
  say(changes.map((change) => `${change}\n`).join(''));
}

function say(text: string): void {
  process.stdout.write(text);
}

function fail(message: string): void {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
