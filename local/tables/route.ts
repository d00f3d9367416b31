// From a request as it came over HTTP to its answer: who asks, what for, and which handler has it.
import { parseAddress } from './address.ts';
import { ACCOUNT, SECONDARY_ACCOUNT } from './authorization/account.ts';
import { authorize } from './authorization/authorize.ts';
import { handleBatch } from './batch/handle-batch.ts';
import { checkQueryOptions, headerOf, type Service, type TableAnswer, type TableRequest } from './exchange.ts';
import { handleEntities, handleEntity } from './handle-entities.ts';
import { handlePolicies } from './handle-policies.ts';
import { handleService } from './handle-service.ts';
import { handleTable, handleTables } from './handle-tables.ts';
import { TableError } from './table-error.ts';

/** What came over HTTP. */
export interface Received {
  readonly method: string;
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
  readonly remoteAddress: string;
  readonly requestId: string;
}

const TUNNELLED = new Set(['MERGE', 'PATCH', 'PUT', 'DELETE']);
const READING = new Set(['GET', 'HEAD', 'OPTIONS']);

/** @throws {TableError} */
export async function answer(service: Service, received: Received): Promise<TableAnswer> {
  const request = toRequest(service, received);
  const { resource, method } = request;
  if (request.account === SECONDARY_ACCOUNT && !READING.has(method))
    throw new TableError('InsufficientAccountPermissions');
  const comp = request.query.get('comp');
  if (resource.kind === 'service') return handleService(service.store, request);
  if (comp === 'acl' && resource.kind === 'entities') return handlePolicies(service, request, resource.table);
  if (comp !== null) throw new TableError('NotImplemented');
  checkQueryOptions(request);
  checkContentType(request);
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
      return handleBatch(service, request, received.requestId);
  }
}

function toRequest({ catalogue }: Service, { url, headers, body, method, remoteAddress }: Received): TableRequest {
  const address = parseAddress(url);
  const header = (name: string) => headerOf({ headers }, name);
  const grant = authorize(
    { method, path: address.path, query: address.query, header },
    {
      // Not the service's clock: the client dates and signs by the machine's.
      nowMs: Date.now(),
      remoteAddress,
      policyOf: (table, id) => {
        const policies = catalogue.find(table).policies ?? {};
        return Object.hasOwn(policies, id) ? policies[id] : undefined;
      },
    },
  );
  if (address.account !== ACCOUNT && address.account !== SECONDARY_ACCOUNT)
    throw new TableError('ResourceNotFound', `The only account here is ${ACCOUNT}.`);
  const origin = `http://${header('host') ?? '127.0.0.1'}`;
  return { ...address, method: effectiveMethod(method, header('x-http-method')), headers, body, origin, grant };
}

/** Clients behind old proxies send POST and say what they mean in a header. */
function effectiveMethod(method: string, meant: string | undefined): string {
  if (meant === undefined) return method;
  if (method !== 'POST') throw new TableError('XMethodNotUsingPost');
  if (!TUNNELLED.has(meant)) throw new TableError('XMethodIncorrectValue');
  return meant;
}

function checkContentType(request: TableRequest): void {
  const type = headerOf(request, 'content-type');
  if (request.body === '' || type === undefined || request.resource.kind === 'batch') return;
  if (/^application\/atom\+xml/i.test(type)) throw new TableError('AtomFormatNotSupported');
  if (!/^application\/json\b/i.test(type))
    throw new TableError('MediaTypeNotSupported', `The body is said to be '${type}', not application/json.`);
}
