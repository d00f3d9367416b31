// A load of HTTP requests as cheap as it can be, so that the server is what is measured: one request at a time on each kept
// connection, written to a raw socket; each answer is handed to whoever checks it.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface Load {
  readonly port: number;
  readonly requests: number;
  readonly connections: number;
  /** Request n, from 0, from the request line to the end of the body. */
  readonly requestOf: (n: number) => string;
  /** Throws of an answer that is not the right one; it has a content-length or comes in chunks. */
  readonly check: (n: number, answer: Answer) => void;
}

export interface Answer {
  readonly status: number;
  readonly body: string;
}

export interface Loaded {
  /** From the first request to the last answer. */
  readonly wallMs: number;
  /** How long each answer took, in ascending order. */
  readonly answerMs: readonly number[];
}

const headEnd = Buffer.from('\r\n\r\n');

/** @throws what `check` throws */
export async function sendLoad(load: Load): Promise<Loaded> {
  const sockets = await Promise.all(Array.from({ length: load.connections }, () => open(load.port)));
  const answerMs: number[] = [];
  const begun = performance.now();
  let taken = 0;
  const next = (): number | undefined => (taken < load.requests ? taken++ : undefined);
  try {
    await Promise.all(sockets.map((socket) => drive(socket, load, next, answerMs)));
    const wallMs = performance.now() - begun;
    return { wallMs, answerMs: answerMs.toSorted((a, b) => a - b) };
  } finally {
    for (const socket of sockets) socket.destroy();
  }
}

async function open(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1').setNoDelay(true);
  await once(socket, 'connect');
  return socket;
}

function drive(
  socket: Socket,
  { requestOf, check }: Load,
  next: () => number | undefined,
  answerMs: number[],
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let received = Buffer.alloc(0);
  let [n, sentAt] = [0, 0];
  const send = (): void => {
    const following = next();
    if (following === undefined) return resolve();
    [n, sentAt] = [following, performance.now()];
    socket.write(requestOf(n));
  };
  socket.on('data', (chunk) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
    try {
      const answer = wholeAnswer(received);
      if (answer === undefined) return;
      answerMs.push(performance.now() - sentAt);
      check(n, answer);
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

/** Undefined until all of it has come. */
function wholeAnswer(received: Buffer): Answer | undefined {
  const headLength = received.indexOf(headEnd);
  if (headLength === -1) return undefined;
  const head = received.toString('latin1', 0, headLength).toLowerCase();
  const body = received.toString('latin1', headLength + headEnd.length);
  const length = /\r\ncontent-length: (\d+)/.exec(head)?.[1];
  const isEnd = length === undefined ? body.endsWith('0\r\n\r\n') : body.length >= Number(length);
  if (!isEnd) return undefined;
  return { status: Number(head.slice('http/1.1 '.length, 12)), body: length === undefined ? chunksOf(body) : body };
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
