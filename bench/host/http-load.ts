// A load of HTTP requests as cheap as it can be, so that the server is what is measured: one request at a time on each kept
// connection, written to a raw socket; each answer is compared, to its last byte, with the one that must come.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface Load {
  readonly port: number;
  /** From the request line to the end of the body. */
  readonly request: string;
  /** The body of each answer, which must be a 200 with a content-length or in chunks. */
  readonly answer: string;
  readonly requests: number;
  readonly connections: number;
}

const headEnd = Buffer.from('\r\n\r\n');

/** @returns the milliseconds from the first request to the last answer. @throws Error of an answer that differs */
export async function sendLoad(load: Load): Promise<number> {
  const sockets = await Promise.all(Array.from({ length: load.connections }, () => open(load.port)));
  const begun = performance.now();
  let left = load.requests;
  const next = (): boolean => left-- > 0;
  await Promise.all(sockets.map((socket) => drive(socket, load, next)));
  const wallMs = performance.now() - begun;
  for (const socket of sockets) socket.destroy();
  return wallMs;
}

async function open(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1').setNoDelay(true);
  await once(socket, 'connect');
  return socket;
}

function drive(socket: Socket, { request, answer }: Load, next: () => boolean): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let received = Buffer.alloc(0);
  const send = (): void => {
    if (next()) socket.write(request);
    else resolve();
  };
  socket.on('data', (chunk) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
    try {
      if (!isWhole(received, answer)) return;
    } catch (error) {
      return reject(error);
    }
    received = Buffer.alloc(0);
    send();
  });
  socket.once('error', reject).once('close', () => reject(new Error('the server closed a connection')));
  send();
  return promise;
}

/** Whether all of an answer has come. @throws Error when it is another than `answer` */
function isWhole(received: Buffer, answer: string): boolean {
  const headLength = received.indexOf(headEnd);
  if (headLength === -1) return false;
  const head = received.toString('latin1', 0, headLength).toLowerCase();
  const body = received.toString('latin1', headLength + headEnd.length);
  const length = /\r\ncontent-length: (\d+)/.exec(head)?.[1];
  const isEnd = length === undefined ? body.endsWith('0\r\n\r\n') : body.length >= Number(length);
  if (!isEnd) return false;
  const text = length === undefined ? chunksOf(body) : body;
  if (head.startsWith('http/1.1 200 ') && text === answer) return true;
  throw new Error(`another answer than expected: ${received.toString('latin1', 0, 500)}`);
}

function chunksOf(body: string): string {
  let text = '';
  for (let at = 0; ; ) {
    const lineEnd = body.indexOf('\r\n', at);
    const length = Number.parseInt(body.slice(at, lineEnd), 16);
    if (!(length > 0)) return text;
    text += body.slice(lineEnd + 2, lineEnd + 2 + length);
    at = lineEnd + 2 + length + 2;
  }
}
