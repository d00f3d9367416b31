// What the app does to its own process: it is said, with the function that did it, and the process ends where Azure's worker
// would. Whoever started it starts it again.
import type { Log } from './function-app.ts';
import { runningCall, whereItRuns } from './running-call.ts';

export interface WatchedProcess {
  readonly log: Log;
  /** The process must end: called with the reason, once or more often. */
  readonly end: (reason: string) => void;
  /** Resident memory, in MB, that is too much. */
  readonly memoryMb: number;
}

const memoryCheckMs = 1_000;

export function watchProcess({ log, end, memoryMb }: WatchedProcess): void {
  process.on('unhandledRejection', (reason) => {
    const about = runningCall.getStore();
    log('error', `Unhandled rejection${whereItRuns()}: ${textOf(reason)}`, about);
    // Outside of every call it may be one of the host's own clients, which goes on by itself.
    if (about) end(`nobody caught a rejection${whereItRuns()}`);
  });
  process.on('uncaughtException', (error) => {
    log('critical', `Uncaught exception${whereItRuns()}: ${textOf(error)}`, runningCall.getStore());
    end(`nobody caught an exception${whereItRuns()}`);
  });
  process.once('exit', (code) => {
    const call = runningCall.getStore();
    if (call) log('critical', `The process is ended with exit code ${code}${whereItRuns()}.`, call);
    else if (code !== 0) log('error', `The host ends with exit code ${code}.`);
  });
  setInterval(() => {
    const usedMb = Math.round(process.memoryUsage.rss() / 2 ** 20);
    if (usedMb > memoryMb) end(`it uses ${usedMb} MB of memory; ${memoryMb} MB is the most (MILLRACE_HOST_MEMORY_MB)`);
  }, memoryCheckMs).unref();
}

function textOf(reason: unknown): string {
  return reason instanceof Error ? (reason.stack ?? reason.message) : String(reason);
}
