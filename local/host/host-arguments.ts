// The command line of `millrace-host`.
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { isBlockedPort } from '../http/blocked-ports.ts';

export const hostUsage = `millrace-host <app folder> [options]

  --port <number>     HTTP port on 127.0.0.1, 0 for any free one (default: Host.LocalHttpPort of the app, else 7071)
  --task-hub <url>    the task hub of Durable Functions (default http://127.0.0.1:7072)
  --watch             start anew when the app's built files or its configuration change
  --inspect <port>    listen for a debugger there
  --auth              demand function keys, as Azure does; without it nobody is asked for one, as with func
  --keys <file>       keeps the keys; made at the first start (default .local/keys.json in the app folder)
  --json              one JSON object a line instead of text
  --help              this text

MILLRACE_HOST_MEMORY_MB (default 1536) in the environment is the most memory it may use.
`;

export interface HostArguments {
  /** Absolute. */
  readonly folder: string;
  readonly port: number | undefined;
  readonly taskHubUrl: string;
  readonly watch: boolean;
  readonly inspectPort: number | undefined;
  /** Undefined: no keys are demanded. */
  readonly keysFile: string | undefined;
  readonly json: boolean;
}

/** @throws Error that names an option nobody knows or a value that will not do */
export function parseHostArguments(argv: readonly string[]): HostArguments | 'help' {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      port: { type: 'string' },
      'task-hub': { type: 'string', default: 'http://127.0.0.1:7072' },
      watch: { type: 'boolean', default: false },
      inspect: { type: 'string' },
      auth: { type: 'boolean', default: false },
      keys: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const [named, ...others] = positionals;
  if (named === undefined || others.length > 0) throw new Error('Name one app folder.');
  if (!URL.canParse(values['task-hub'])) throw new Error(`--task-hub must be an address, not '${values['task-hub']}'.`);
  if (values.keys !== undefined && !values.auth) throw new Error('--keys has no effect without --auth.');
  const folder = resolve(named);
  return {
    folder,
    port: httpPortOf('--port', values.port),
    taskHubUrl: values['task-hub'],
    watch: values.watch,
    inspectPort: portOf('--inspect', values.inspect),
    keysFile: values.auth ? resolve(values.keys ?? resolve(folder, '.local/keys.json')) : undefined,
    json: values.json,
  };
}

/** @throws Error */
function httpPortOf(option: string, text: string | undefined): number | undefined {
  const port = portOf(option, text);
  if (port === undefined || !isBlockedPort(port)) return port;
  throw new Error(`${option}: neither fetch nor a browser calls port ${port}. Choose another, such as 7071.`);
}

function portOf(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new Error(`${option} must be a number from 0 to 65535, not '${text}'.`);
}
