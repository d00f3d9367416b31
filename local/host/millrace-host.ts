// The life of a host as a process: starts, ends when it is told to, when its app has broken the process, or when its files have
// changed in watch mode. Whoever forked it starts it again after the latter two.
import inspector from 'node:inspector';
import { parseHostArguments, hostUsage, type HostArguments } from './host-arguments.ts';
import { startHost, type RunningHost } from './host.ts';
import { mainOf } from './load-app.ts';
import { finished } from './patience.ts';
import { runningCall } from './running-call.ts';
import { mapStacks } from './source-maps.ts';
import { watchSource } from './source-watch.ts';

/** What has not ended by then is cut off: the supervisor would kill it. */
const longestStopMs = 4_500;

/** Runs until it is told to stop by SIGTERM, by the end of the supervisor's channel or, on its own, by SIGINT. */
export async function main(argv: readonly string[]): Promise<void> {
  let options: HostArguments | 'help';
  try {
    options = parseHostArguments(argv);
  } catch (error) {
    return failToStart(`${(error as Error).message}\n\n${hostUsage}`);
  }
  if (options === 'help') return void process.stdout.write(hostUsage);
  if (options.inspectPort !== undefined) inspector.open(options.inspectPort, '127.0.0.1');
  mapStacks();
  const loaded = new Map<string, string>();
  const starting = startHost({ ...options, loaded, onFault: (reason) => end({ kind: 'failed', message: reason }) });
  const end = endOnRequest(starting);
  if (options.watch)
    watchSource({ folder: options.folder, main: mainOf(options.folder), loaded }, (path) =>
      end({ kind: 'changed', message: `${path} has changed` }),
    );
  try {
    const { port, log, ready } = await starting;
    await ready;
    log('information', `The host listens on http://127.0.0.1:${port}.`);
    // What was logged in this turn of the event loop is written at its end: the supervisor speaks after it.
    setImmediate(() => process.send?.({ kind: 'ready', ports: { http: port } }));
  } catch (error) {
    if (!options.watch) return failToStart((error as Error).message);
    process.stderr.write(`millrace-host: ${(error as Error).message}\nIt is tried again when a file changes.\n`);
    // Nothing else may keep the process alive.
    setInterval(() => undefined, 60_000);
  }
}

/** Why the process ends by itself, as the supervisor is told. */
interface Ending {
  readonly kind: 'failed' | 'changed';
  readonly message: string;
}

type End = (ending?: Ending) => void;

/** Ends in order, once, whoever asks first: calls that run have some seconds to finish. */
function endOnRequest(starting: Promise<RunningHost>): End {
  let ending = false;
  const endNow = async (why?: Ending): Promise<void> => {
    const stopped = starting.then(
      (host) => host.stop(),
      () => undefined,
    );
    await finished(stopped, longestStopMs);
    const exit = (): never => process.exit(why?.kind === 'failed' ? 1 : 0);
    if (why && process.connected) process.send?.(why, exit);
    else exit();
  };
  const end: End = (why) => {
    if (ending) return;
    ending = true;
    if (why) process.stderr.write(`millrace-host ends: ${why.message}.\n`);
    // This is not the doing of the call that may have led here.
    runningCall.exit(() => void endNow(why));
  };
  process.once('SIGTERM', () => end());
  process.once('disconnect', () => end());
  // Ctrl-C reaches every process of the terminal: a child leaves it to its supervisor.
  process.on('SIGINT', () => {
    if (!process.send) end();
  });
  return end;
}

function failToStart(message: string): void {
  process.stderr.write(`millrace-host: ${message}\n`);
  if (process.send) process.send({ kind: 'failed', message }, () => process.exit(1));
  else process.exit(1);
}
