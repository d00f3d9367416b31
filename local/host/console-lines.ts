// With --json every line of standard output is an object: also what the app prints by console.log.
import type { Log } from './function-app.ts';
import { runningCall } from './running-call.ts';

/** From now on each line that is written to the stream goes to `log`, which must write elsewhere. */
export function logLinesOf(stream: NodeJS.WriteStream, log: Log): void {
  let unfinished = '';
  stream.write = (chunk: string | Uint8Array, ...rest: readonly unknown[]): boolean => {
    const lines = (unfinished + (typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString())).split('\n');
    unfinished = lines.pop() ?? '';
    for (const line of lines)
      log('information', line, { ...runningCall.getStore(), category: 'Host.Function.Console' });
    const done = rest.find((each) => typeof each === 'function');
    if (done) process.nextTick(done);
    return true;
  };
}
