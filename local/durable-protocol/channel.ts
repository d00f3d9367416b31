// The connection of a host to its task hub: one socket, which both keep, and JSON texts on it, one a line. What a side says
// within a turn of its event loop goes in one write: a result is acknowledged together with the work that follows from it.
import type { Duplex } from 'node:stream';
import type { WorkerVerb } from './work.ts';

/** What the socket is upgraded to; the address is that of the hub's workers. */
export const channelProtocol = 'millrace-task-hub';

/** What a host asks; each is answered under its number, in any order. */
export interface Call {
  readonly number: number;
  readonly verb: WorkerVerb;
  readonly body: unknown;
}

export interface Reply {
  readonly number: number;
  readonly body?: unknown;
  /** Why it was refused. */
  readonly refusal?: string;
}

export interface Channel {
  /** Once the socket has closed, nothing happens. @throws RangeError when the message is too large */
  send(message: Call | Reply): void;
  /** After what was sent. */
  close(): void;
}

/** Inputs and results of activities pass here; what is larger belongs into a blob. */
const mostChars = 128 * 1024 * 1024;
const largestLineBytes = 3 * mostChars;
const tooLarge =
  'A message between host and task hub has 128 million characters at most: put what is large into a blob.';
const newline = 10;

/** A line that is no JSON, or too long, breaks the connection. */
export function openChannel(socket: Duplex, onMessage: (message: unknown) => void): Channel {
  const onLine = createLineReader((line) => onMessage(JSON.parse(line)));
  socket.on('data', (chunk: Buffer) => {
    try {
      onLine(chunk);
    } catch (error) {
      socket.destroy(error as Error);
    }
  });
  // A socket of node:http stays open half; nobody who has ended listens any more.
  socket.once('end', () => socket.end());
  // It closes next, and that is what counts.
  socket.on('error', () => {});
  let waiting = '';
  const flush = (): void => {
    if (socket.writable && waiting !== '') socket.write(waiting);
    waiting = '';
  };
  return {
    send(message) {
      const line = JSON.stringify(message);
      if (line.length > mostChars) throw new RangeError(tooLarge);
      if (waiting === '') setImmediate(flush);
      waiting += `${line}\n`;
    },
    close() {
      flush();
      socket.end();
    },
  };
}

function createLineReader(onLine: (line: string) => void): (chunk: Buffer) => void {
  let begun: Buffer[] = [];
  let begunBytes = 0;
  return (chunk) => {
    let start = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      const last = chunk.subarray(start, end);
      const line = begun.length === 0 ? last : Buffer.concat([...begun, last]);
      begun = [];
      begunBytes = 0;
      start = end + 1;
      onLine(line.toString());
    }
    if (start === chunk.length) return;
    begun.push(chunk.subarray(start));
    begunBytes += chunk.length - start;
    if (begunBytes > largestLineBytes) throw new RangeError(tooLarge);
  };
}
