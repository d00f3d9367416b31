// The Table service over HTTP, as @azure/data-tables speaks it, for the one account every local tool knows.
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Clock, systemClock } from '../clock.ts';
import { StoreError } from '../store/store-errors.ts';
import type { Store } from '../store/store.ts';
import { parseAddress } from './address.ts';
import { checkAuthorization } from './authorization.ts';
import { handleBatch } from './batch/handle-batch.ts';
import { openCatalogue } from './catalogue.ts';
import { createEntities } from './entities.ts';
import type { Service, TableAnswer, TableRequest } from './exchange.ts';
import { handleEntities, handleEntity } from './handle-entities.ts';
import { handleTable, handleTables } from './handle-tables.ts';
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

const ACCOUNT = 'devstoreaccount1';
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
  const service = { catalogue, entities: createEntities(store, clock) };
  const server = createServer({ maxHeaderSize: MAX_HEADER_BYTES, keepAliveTimeout: KEEP_ALIVE_MS });
  server.on('request', (message, response) => void respond(message, response));
  async function respond(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const answer = await serve(service, message);
    // A connection that was busy when the server closed would otherwise be kept alive.
    if (!server.listening) response.setHeader('Connection', 'close');
    send(response, answer);
  }
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

async function serve(service: Service, message: IncomingMessage): Promise<TableAnswer & { requestId: string }> {
  const requestId = randomUUID();
  try {
    const body = await readBody(message);
    return { ...(await route(service, toRequest(message, body), requestId)), requestId };
  } catch (error) {
    const refusal = toTableError(error);
    const headers = { 'Content-Type': 'application/json;odata=minimalmetadata;streaming=true;charset=utf-8' };
    return {
      requestId,
      status: refusal.status,
      headers,
      body: errorBody(refusal, requestId, new Date().toISOString()),
    };
  }
}

function toRequest(message: IncomingMessage, body: string): TableRequest {
  const { method = '', headers, url = '' } = message;
  const request = { ...parseAddress(url), method, headers, body, origin: `http://${headers.host ?? '127.0.0.1'}` };
  checkAuthorization(request);
  if (request.account !== ACCOUNT) throw new TableError('ResourceNotFound', `The only account here is ${ACCOUNT}.`);
  return request;
}

/** Differs from Azure: service properties, statistics and access policies are not served. */
function route(service: Service, request: TableRequest, requestId: string): Promise<TableAnswer> {
  const { resource } = request;
  if (request.query.has('comp'))
    throw new TableError('NotImplemented', 'The local Azure has no service properties, statistics or access policies.');
  switch (resource.kind) {
    case 'tables':
      return handleTables(service, request);
    case 'table':
      return handleTable(service, request, resource.table);
    case 'entities':
      return handleEntities(service, request, resource.table);
    case 'entity':
      return handleEntity(service, request, resource.table);
    case 'batch':
      return handleBatch(service, request, requestId);
    case 'service':
      throw new TableError('NotImplemented');
  }
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

function send(
  response: ServerResponse,
  { status, headers, body, requestId }: TableAnswer & { requestId: string },
): void {
  response.writeHead(status, {
    'x-ms-request-id': requestId,
    'x-ms-version': '2019-02-02',
    'Cache-Control': 'no-cache',
    'X-Content-Type-Options': 'nosniff',
    ...headers,
  });
  response.end(body);
}
