// The Table service over HTTP, as @azure/data-tables speaks it, for the one account every local tool knows.
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Clock, systemClock } from '../clock.ts';
import { StoreError } from '../store/store-errors.ts';
import { serveLoopbackOnly } from '../http/loopback-hosts.ts';
import type { Store } from '../store/store.ts';
import { openCatalogue } from './catalogue.ts';
import { createEntities } from './entities.ts';
import type { Service, TableAnswer } from './exchange.ts';
import { answer } from './route.ts';
import { errorBody, TableError } from './table-error.ts';

export interface TablesServerOptions {
  readonly store: Store;
  /** 0 for any free one. */
  readonly port: number;
  /** Made at start where they are missing. */
  readonly tables?: readonly string[];
  readonly clock?: Pick<Clock, 'now'>;
}

export interface TablesServer {
  readonly port: number;
  /** Ends when the requests under way are answered; the store stays open. */
  close(): Promise<void>;
}

const DEFAULT_VERSION = '2019-02-02';
const MAX_BODY_BYTES = 4 * 1024 * 1024;
/** Two keys of 1 KiB in percent-encoding do not fit into Node's 16 KiB. */
const MAX_HEADER_BYTES = 64 * 1024;
/** Longer than clients keep an idle connection, so that none is closed under a request. */
const KEEP_ALIVE_MS = 120_000;

/** @throws what `listen` throws, as EADDRINUSE for a taken port */
export async function startTablesServer({
  store,
  port,
  tables = [],
  clock = systemClock,
}: TablesServerOptions): Promise<TablesServer> {
  const catalogue = await openCatalogue(store);
  for (const name of tables) await createIfMissing(() => catalogue.create(name));
  const service = { store, catalogue, entities: createEntities(store, clock) };
  const server = createServer({ maxHeaderSize: MAX_HEADER_BYTES, keepAliveTimeout: KEEP_ALIVE_MS });
  server.on('request', (message, response) => void respond(message, response));
  async function respond(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const served = await serve(service, message);
    // A connection that was busy when the server closed would otherwise be kept alive.
    if (!server.listening) response.setHeader('Connection', 'close');
    send(message, response, served);
  }
  serveLoopbackOnly(server);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

async function createIfMissing(create: () => Promise<void>): Promise<void> {
  try {
    await create();
  } catch (error) {
    if (!(error instanceof TableError && error.code === 'TableAlreadyExists')) throw error;
  }
}

type Served = TableAnswer & { readonly requestId: string };

async function serve(service: Service, message: IncomingMessage): Promise<Served> {
  const requestId = randomUUID();
  const { method = '', headers, url = '' } = message;
  try {
    const body = await readBody(message);
    const remoteAddress = message.socket.remoteAddress ?? '';
    return { ...(await answer(service, { method, headers, url, body, remoteAddress, requestId })), requestId };
  } catch (error) {
    return { ...refuse(toTableError(error), requestId), requestId };
  }
}

function refuse(refusal: TableError, requestId: string): TableAnswer {
  return {
    status: refusal.status,
    headers: {
      'Content-Type': 'application/json;odata=minimalmetadata;streaming=true;charset=utf-8',
      'x-ms-error-code': refusal.code,
    },
    body: errorBody(refusal, requestId, new Date().toISOString()),
  };
}

async function readBody(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of message as AsyncIterable<Buffer>) {
      bytes += chunk.byteLength;
      if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
    }
  } catch (cause) {
    throw new TableError('InvalidInput', 'The request ended before its body did.', { cause });
  }
  if (bytes > MAX_BODY_BYTES) throw new TableError('RequestBodyTooLarge');
  return Buffer.concat(chunks).toString();
}

function toTableError(error: unknown): TableError {
  if (error instanceof TableError) return error;
  if (error instanceof StoreError) return new TableError('InternalError', error.message, { cause: error });
  console.error(error);
  return new TableError('InternalError', '', { cause: error });
}

function send(message: IncomingMessage, response: ServerResponse, { status, headers, body, requestId }: Served): void {
  const { 'x-ms-client-request-id': clientRequestId, 'x-ms-version': version = DEFAULT_VERSION } = message.headers;
  response.writeHead(status, {
    'x-ms-request-id': requestId,
    'x-ms-version': version,
    ...(clientRequestId !== undefined && { 'x-ms-client-request-id': clientRequestId }),
    'Cache-Control': 'no-cache',
    'X-Content-Type-Options': 'nosniff',
    ...headers,
  });
  response.end(body);
}
