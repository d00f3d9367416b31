// The worker's connection to its task hub: one channel, opened when something is to be said and again after it broke.
import { request } from 'node:http';
import type { Duplex } from 'node:stream';
import { type Reply, channelProtocol, openChannel } from '../../durable-protocol/channel.ts';
import { type WorkerVerb, hubPath } from '../../durable-protocol/work.ts';

export interface HubClient {
  /** @throws Error when the hub cannot be reached, refuses, or the connection breaks before it has answered */
  post(verb: WorkerVerb, body: unknown): Promise<unknown>;
  /** For good; what is not answered yet is rejected. */
  close(): void;
}

interface Connection {
  call(verb: WorkerVerb, body: unknown): Promise<unknown>;
  close(): void;
}

export interface HubClientOptions {
  /** Told of every connection that ends before `close`. */
  readonly onBreak?: () => void;
}

export function createHubClient(taskHubUrl: string, taskHubName: string, options: HubClientOptions = {}): HubClient {
  const url = new URL(`${hubPath(taskHubName)}/worker`, taskHubUrl);
  let connection: Promise<Connection> | undefined;
  let isClosed = false;

  async function connect(): Promise<Connection> {
    if (isClosed) throw new Error('the connection is closed');
    const socket = await upgrade(url);
    socket.once('close', () => {
      connection = undefined;
      if (!isClosed) options.onBreak?.();
    });
    return overSocket(socket);
  }

  function connected(): Promise<Connection> {
    if (connection) return connection;
    const connecting = connect();
    connection = connecting;
    connecting.catch(() => (connection = undefined));
    return connecting;
  }

  return {
    post: async (verb, body) => (await connected()).call(verb, body),
    close() {
      isClosed = true;
      connection?.then((open) => open.close()).catch(() => undefined);
    },
  };
}

function upgrade(url: URL): Promise<Duplex> {
  const { promise, resolve, reject } = Promise.withResolvers<Duplex>();
  const outgoing = request(url, { agent: false, headers: { connection: 'upgrade', upgrade: channelProtocol } });
  outgoing.once('upgrade', (_, socket, head) => {
    socket.setNoDelay(true);
    if (head.length > 0) socket.unshift(head);
    resolve(socket);
  });
  outgoing.once('response', (res) => {
    const chunks: Buffer[] = [];
    res.on('data', (chunk: Buffer) => chunks.push(chunk));
    res.once('error', reject);
    res.once('end', () => reject(new Error(`it answered ${res.statusCode}: ${Buffer.concat(chunks).toString()}`)));
  });
  outgoing.once('error', reject);
  outgoing.end();
  return promise;
}

function overSocket(socket: Duplex): Connection {
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  const channel = openChannel(socket, (reply) => {
    const { number, body, refusal } = reply as Reply;
    const asked = waiting.get(number);
    waiting.delete(number);
    if (refusal === undefined) asked?.resolve(body);
    else asked?.reject(new Error(refusal));
  });
  let isOpen = true;
  let calls = 0;
  const end = (): void => {
    isOpen = false;
    for (const { reject } of waiting.values()) reject(new Error('the connection broke'));
    waiting.clear();
  };
  socket.once('close', end);
  return {
    async call(verb, body) {
      if (!isOpen) throw new Error('the connection broke');
      const answered = Promise.withResolvers<unknown>();
      const number = ++calls;
      channel.send({ number, verb, body });
      waiting.set(number, answered);
      return answered.promise;
    },
    close() {
      channel.close();
      end();
    },
  };
}
