// The host's command line and its life as a process: `millrace-host <app folder> [--port 0] [--task-hub …] [--json]`.
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { startHost, type HostOptions, type RunningHost } from './host.ts';
import { finished } from './patience.ts';

const usage = `millrace-host <app folder> [options]

  --port <number>     HTTP port on 127.0.0.1, 0 for any free one (default: Host.LocalHttpPort of the app, else 7071)
  --task-hub <url>    the task hub of Durable Functions (default http://127.0.0.1:7072)
  --json              one JSON object a line instead of text
  --help              this text
`;

/** What has not ended by then is cut off: the supervisor would kill it. */
const longestStopMs = 4_500;

/** @throws Error that names an option nobody knows or a value that will not do */
function parseHostArguments(argv: readonly string[]): HostOptions | 'help' {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      port: { type: 'string' },
      'task-hub': { type: 'string', default: 'http://127.0.0.1:7072' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const [folder, ...others] = positionals;
  if (folder === undefined || others.length > 0) throw new Error('Name one app folder.');
  const port = values.port === undefined ? undefined : Number(values.port);
  if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port <= 65_535))
    throw new Error(`--port must be a number from 0 to 65535, not '${values.port}'.`);
  if (!URL.canParse(values['task-hub'])) throw new Error(`--task-hub must be an address, not '${values['task-hub']}'.`);
  return { folder: resolve(folder), port, taskHubUrl: values['task-hub'], json: values.json };
}

/** Runs until it is told to stop by SIGTERM, by the end of the supervisor's channel or, on its own, by SIGINT. */
export async function main(argv: readonly string[]): Promise<void> {
  let options: HostOptions | 'help';
  try {
    options = parseHostArguments(argv);
  } catch (error) {
    return failToStart(`${(error as Error).message}\n\n${usage}`);
  }
  if (options === 'help') return void process.stdout.write(usage);
  const starting = startHost(options);
  stopOnRequest(starting);
  try {
    const { port, log, ready } = await starting;
    await ready;
    log('information', `The host listens on http://127.0.0.1:${port}.`);
    process.send?.({ kind: 'ready', ports: { http: port } });
  } catch (error) {
    failToStart((error as Error).message);
  }
}

function stopOnRequest(starting: Promise<RunningHost>): void {
  let stopping = false;
  const stop = async (): Promise<void> => {
    if (stopping) return;
    stopping = true;
    await finished(
      starting.then((host) => host.stop()),
      longestStopMs,
    );
    process.exit(0);
  };
  process.once('SIGTERM', () => void stop());
  process.once('disconnect', () => void stop());
  // Ctrl-C reaches every process of the terminal: a child leaves it to its supervisor.
  process.on('SIGINT', () => {
    if (!process.send) void stop();
  });
}

function failToStart(message: string): void {
  process.stderr.write(`millrace-host: ${message}\n`);
  if (process.send) process.send({ kind: 'failed', message }, () => process.exit(1));
  else process.exit(1);
}
