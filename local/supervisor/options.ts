// The command line of `millrace`: what it takes, its defaults, and a refusal that names what is wrong.
import path from 'node:path';
import { parseArgs } from 'node:util';
import { isBlockedPort } from '../http/blocked-ports.ts';

export interface Options {
  /** Folder of the app: its package.json, host.json and settings. */
  readonly app: string;
  /** File that names queues, topics, tables, containers; undefined: the app's infra/topology.json, if it has one. */
  readonly topology: string | undefined;
  /** Folder of the built console, served at `/`. */
  readonly console: string;
  /** Folder for everything that is kept. */
  readonly data: string;
  /** Keeps nothing: all state is in memory. */
  readonly ephemeral: boolean;
  readonly ports: Ports;
  readonly hosts: number;
  /** The hosts start anew when the app's built files change. */
  readonly watch: boolean;
  /** The first host's debugger listens there, the next one's on the port after it. */
  readonly inspectPort: number | undefined;
  /** Function keys are demanded. */
  readonly auth: boolean;
}

/** Every port Millrace listens on but the hosts' own; 0 is any free port. */
export interface Ports {
  readonly front: number;
  readonly amqp: number;
  readonly blob: number;
  readonly queue: number;
  readonly table: number;
  readonly services: number;
}

export const defaultPorts: Ports = { front: 7071, amqp: 5672, blob: 10000, queue: 10001, table: 10002, services: 7072 };

/** What each port serves and the option that chooses another. */
export const portUses: Readonly<Record<keyof Ports, { readonly option: string; readonly use: string }>> = {
  front: { option: '--port', use: 'the app and the console' },
  amqp: { option: '--amqp-port', use: 'Service Bus (AMQP)' },
  blob: { option: '--blob-port', use: 'blob storage' },
  queue: { option: '--queue-port', use: 'storage queues' },
  table: { option: '--table-port', use: 'table storage' },
  services: { option: '--services-port', use: 'Event Grid, the task hub and the stand-ins' },
};

export type CommandLine =
  | { readonly kind: 'run'; readonly options: Options }
  | { readonly kind: 'help'; readonly text: string }
  | { readonly kind: 'refused'; readonly message: string };

type Spec = { readonly type: 'string' | 'boolean'; readonly value?: string; readonly about: string };

const portSpec = (name: keyof Ports): Spec => ({
  type: 'string',
  value: String(defaultPorts[name]),
  about: `port of ${portUses[name].use}; 0 is any free one`,
});

const specs: Readonly<Record<string, Spec>> = {
  app: { type: 'string', value: '.', about: 'folder of the Functions app' },
  topology: {
    type: 'string',
    about:
      "file that names queues, topics, tables and containers (default infra/topology.json of the app, if it's there)",
  },
  console: { type: 'string', about: 'folder of the built console (default web/dist of the app)' },
  data: { type: 'string', value: '.local', about: 'folder for all that is kept' },
  ephemeral: { type: 'boolean', about: 'keep everything in memory and nothing afterwards' },
  port: portSpec('front'),
  'amqp-port': portSpec('amqp'),
  'blob-port': portSpec('blob'),
  'queue-port': portSpec('queue'),
  'table-port': portSpec('table'),
  'services-port': portSpec('services'),
  hosts: { type: 'string', value: '1', about: 'number of host processes' },
  'no-host': { type: 'boolean', about: 'run no host, for use beside `func start`' },
  watch: { type: 'boolean', about: "start the host anew when the app's built files change" },
  inspect: { type: 'string', about: 'port on which the host listens for a debugger' },
  auth: { type: 'boolean', about: 'demand function keys; they are kept in keys.json of the data folder' },
  help: { type: 'boolean', about: 'print this' },
};

const mostHosts = 16;

export function parseCommandLine(args: readonly string[]): CommandLine {
  const { values, tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(Object.entries(specs).map(([name, { type }]) => [name, { type }])),
    strict: false,
    tokens: true,
  });
  for (const token of tokens) {
    if (token.kind === 'positional') return refuse(`Unexpected argument ${JSON.stringify(token.value)}.`);
    if (token.kind !== 'option') continue;
    const spec = Object.hasOwn(specs, token.name) ? specs[token.name] : undefined;
    if (!spec) return refuse(`Unknown option ${token.rawName}.`);
    if (spec.type === 'string' && !token.value) return refuse(`Option ${token.rawName} needs a value.`);
    if (spec.type === 'boolean' && token.value !== undefined) return refuse(`Option ${token.rawName} takes no value.`);
  }
  if (values['help'] === true) return { kind: 'help', text: helpText() };
  const text = (name: string) => values[name]?.toString() ?? specs[name]?.value;
  return optionsFrom(text, (name) => values[name] === true);
}

function optionsFrom(text: (name: string) => string | undefined, isSet: (name: string) => boolean): CommandLine {
  const given = (name: string) => text(name) ?? '';
  const ports: Record<keyof Ports, number> = { ...defaultPorts };
  for (const name of Object.keys(portUses) as (keyof Ports)[]) {
    const { option } = portUses[name];
    const port = wholeNumber(given(option.slice(2)));
    if (port === undefined || port > 65_535) return refuse(`Option ${option} needs a port from 0 to 65535.`);
    if (name !== 'amqp' && isBlockedPort(port)) {
      return refuse(
        `Option ${option}: neither fetch nor a browser calls port ${port}. Choose another, such as ${defaultPorts[name]}.`,
      );
    }
    ports[name] = port;
  }
  const hosts = wholeNumber(given('hosts'));
  if (hosts === undefined || hosts < 1 || hosts > mostHosts) {
    return refuse(`Option --hosts needs a number from 1 to ${mostHosts}; --no-host runs none.`);
  }
  const inspect = text('inspect');
  const inspectPort = inspect === undefined ? undefined : wholeNumber(inspect);
  if (inspect !== undefined && (inspectPort ?? 65_536) > 65_535)
    return refuse('Option --inspect needs a port from 0 to 65535.');
  const app = given('app');
  const options: Options = {
    app,
    topology: text('topology'),
    console: text('console') ?? path.join(app, 'web/dist'),
    data: given('data'),
    ephemeral: isSet('ephemeral'),
    ports,
    hosts: isSet('no-host') ? 0 : hosts,
    watch: isSet('watch'),
    inspectPort,
    auth: isSet('auth'),
  };
  return { kind: 'run', options };
}

function wholeNumber(text: string): number | undefined {
  return /^\d{1,5}$/.test(text) ? Number(text) : undefined;
}

function refuse(message: string): CommandLine {
  return { kind: 'refused', message: `${message}\n\n${helpText()}` };
}

function helpText(): string {
  const lines = Object.entries(specs).map(([name, { value, about }]) => {
    const byDefault = value === undefined ? '' : ` (default ${value})`;
    return `  --${name.padEnd(14)} ${about}${byDefault}`;
  });
  return ['Usage: millrace [options]', '', ...lines].join('\n');
}
