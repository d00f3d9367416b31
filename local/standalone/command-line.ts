// The command line of `millrace-broker`: what it takes, its defaults, and a refusal that names what is wrong.
import { parseArgs } from 'node:util';
import type { StoreOptions } from '../store/store.ts';

export const usage = `Usage: millrace-broker --config <file> [--config <file> ...] [options]

Serves Service Bus and Event Hubs on one port, to any AMQP SDK of theirs.

  --config <file>            queues, topics and event hubs: a topology.json, or the Config.json of the
                             official Service Bus or Event Hubs emulator; several are put together
  --port <number>            port on 127.0.0.1; 0 is any free one (default 5672)
  --data <folder>            keeps messages and events there (default .local/broker)
  --ephemeral                keeps messages in memory and nothing afterwards
  --emulator-configs <folder>  serves nothing: writes the configuration of both official emulators there
  --help                     prints this
`;

export type CommandLine =
  | { readonly kind: 'run'; readonly configs: readonly string[]; readonly port: number; readonly store: StoreOptions }
  | { readonly kind: 'write-emulator-configs'; readonly configs: readonly string[]; readonly folder: string }
  | { readonly kind: 'help' }
  | { readonly kind: 'refused'; readonly message: string };

export function parseCommandLine(args: readonly string[]): CommandLine {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        config: { type: 'string', multiple: true },
        port: { type: 'string', default: '5672' },
        data: { type: 'string' },
        ephemeral: { type: 'boolean', default: false },
        'emulator-configs': { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) return { kind: 'help' };
    const { config: configs, 'emulator-configs': folder } = values;
    if (configs === undefined) return refuse('Option --config needs a file.');
    if (folder !== undefined) return { kind: 'write-emulator-configs', configs, folder };
    if (values.ephemeral && values.data !== undefined) return refuse('Give --data or --ephemeral, not both.');
    const port = Number(values.port);
    if (!/^\d+$/.test(values.port) || port > 65_535) return refuse('Option --port needs a port from 0 to 65535.');
    const store = values.ephemeral ? ({ ephemeral: true } as const) : { directory: values.data ?? '.local/broker' };
    return { kind: 'run', configs, port, store };
  } catch (error) {
    return refuse((error as Error).message);
  }
}

function refuse(message: string): CommandLine {
  return { kind: 'refused', message: `${message}\n\n${usage}` };
}
