// What the app does to its own process, said in the log.
import type { Log } from './function-app.ts';

/** Differs from Azure: there a rejection nobody caught ends the worker, which starts anew; here it is said and the host goes on. */
export function watchProcess(log: Log): void {
  process.on('unhandledRejection', (reason) => {
    const text = reason instanceof Error ? (reason.stack ?? reason.message) : String(reason);
    log('error', `Unhandled rejection in the app: ${text}`);
  });
  process.once('exit', (code) => {
    if (code !== 0) log('error', `The host ends with exit code ${code}.`);
  });
}
