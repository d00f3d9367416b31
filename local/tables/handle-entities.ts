// The entities of a table over HTTP: query, get, and the single writes.
import type { EntityOperation } from './apply-operation.ts';
import { checkWrite, readableRange } from './authorization/grant.ts';
import type { Table } from './catalogue.ts';
import { decodeToken, encodeToken } from './continuation.ts';
import type { PageStart, Query } from './entities.ts';
import type { Entity } from './entity.ts';
import { entityPath, entityToJson, readEntityBody } from './entity-json.ts';
import {
  headerOf,
  insertAnswer,
  jsonAnswer,
  metadataOf,
  placeOf,
  type Service,
  type TableAnswer,
  type TableRequest,
  topOf,
} from './exchange.ts';
import { parseFilter } from './filter/parse-filter.ts';
import { OperationError, TableError } from './table-error.ts';
import { etagOf } from './timestamp.ts';

const NEXT_PARTITION = 'NextPartitionKey';
const NEXT_ROW = 'NextRowKey';

export async function handleEntities(service: Service, request: TableRequest, name: string): Promise<TableAnswer> {
  return request.method === 'GET' ? queryEntities(service, request, name) : writeEntity(service, request, name);
}

export async function handleEntity(service: Service, request: TableRequest, name: string): Promise<TableAnswer> {
  if (request.method !== 'GET' || request.resource.kind !== 'entity') return writeEntity(service, request, name);
  const within = readableRange(request.grant, name);
  const table = service.catalogue.find(name);
  const { partitionKey, rowKey } = request.resource;
  const entity = await service.entities.get(table, partitionKey, rowKey, within);
  const json = entityToJson(entity, metadataOf(request), placeOf(request, table.name), selectOf(request));
  return jsonAnswer(request, 200, `${table.name}/@Element`, json, { ETag: etagOf(entity.timestamp) });
}

async function queryEntities(service: Service, request: TableRequest, name: string): Promise<TableAnswer> {
  const within = readableRange(request.grant, name);
  const table = service.catalogue.find(name);
  const { entities, next } = await service.entities.query(table, { ...queryOf(request), within });
  const [metadata, place, select] = [metadataOf(request), placeOf(request, table.name), selectOf(request)];
  const value = entities.map((entity) => entityToJson(entity, metadata, place, select));
  const headers = next && {
    [`x-ms-continuation-${NEXT_PARTITION}`]: encodeToken(next.partitionKey),
    [`x-ms-continuation-${NEXT_ROW}`]: encodeToken(next.rowKey),
  };
  return jsonAnswer(request, 200, table.name, { value }, headers);
}

function queryOf(request: TableRequest): Omit<Query, 'within'> {
  const filter = request.query.get('$filter');
  const start = startOf(request);
  return { top: topOf(request), ...(filter?.trim() && { filter: parseFilter(filter) }), ...(start && { start }) };
}

function startOf({ query }: TableRequest): PageStart | undefined {
  const partition = query.get(NEXT_PARTITION);
  if (partition === null) return undefined;
  return { partitionKey: decodeToken(partition), rowKey: decodeToken(query.get(NEXT_ROW) ?? encodeToken('')) };
}

function selectOf(request: TableRequest): string[] | undefined {
  const names = (request.query.get('$select') ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  return names.length === 0 || names.includes('*') ? undefined : [...new Set(names)];
}

async function writeEntity(service: Service, request: TableRequest, name: string): Promise<TableAnswer> {
  const operation = toOperation(request, name);
  const table = service.catalogue.find(name);
  try {
    const [entity] = await service.entities.write(table, operation.partitionKey, [operation]);
    return answerWrite(request, table, operation, entity ?? null);
  } catch (error) {
    throw error instanceof OperationError ? error.refusal : error;
  }
}

/** The write a request asks for, if its bearer may have it. @throws {TableError} */
export function toOperation(request: TableRequest, table: string): EntityOperation {
  const operation = readOperation(request);
  checkWrite(request.grant, table, operation);
  return operation;
}

function readOperation(request: TableRequest): EntityOperation {
  const { method, resource } = request;
  if (resource.kind === 'entities' && method === 'POST') return toInsert(request.body);
  if (resource.kind !== 'entity') throw new TableError('MethodNotAllowed');
  const { partitionKey, rowKey } = resource;
  const ifMatch = headerOf(request, 'if-match');
  const common = { partitionKey, rowKey, ...(ifMatch !== undefined && { ifMatch }) };
  if (method === 'DELETE') return { ...common, kind: 'delete', properties: new Map() };
  const kind = KIND_OF_METHOD.get(method);
  if (!kind) throw new TableError('MethodNotAllowed');
  const body = readEntityBody(request.body);
  if ((body.partitionKey ?? partitionKey) !== partitionKey) throw new TableError('PartitionKeyPropertyCannotBeUpdated');
  if ((body.rowKey ?? rowKey) !== rowKey) throw new TableError('RowKeyPropertyCannotBeUpdated');
  return { ...common, kind, properties: body.properties };
}

const KIND_OF_METHOD: ReadonlyMap<string, 'replace' | 'merge'> = new Map([
  ['PUT', 'replace'],
  ['PATCH', 'merge'],
  ['MERGE', 'merge'],
]);

function toInsert(body: string): EntityOperation {
  const { partitionKey, rowKey, properties } = readEntityBody(body);
  if (partitionKey === undefined || rowKey === undefined)
    throw new TableError('PropertiesNeedValue', 'PartitionKey and RowKey are needed.');
  return { kind: 'insert', partitionKey, rowKey, properties };
}

export function answerWrite(
  request: TableRequest,
  table: Table,
  operation: EntityOperation,
  entity: Entity | null,
): TableAnswer {
  if (!entity) return { status: 204, headers: {} };
  const etag = { ETag: etagOf(entity.timestamp) };
  if (operation.kind !== 'insert') return { status: 204, headers: etag };
  const place = placeOf(request, table.name);
  const id = `${place.account}/${entityPath(table.name, entity.partitionKey, entity.rowKey)}`;
  const headers = { ...etag, Location: id, DataServiceId: id };
  const content = () => entityToJson(entity, metadataOf(request), place);
  return insertAnswer(request, `${table.name}/@Element`, content, headers);
}
