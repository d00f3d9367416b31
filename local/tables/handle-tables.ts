// The tables of the account: list, create, delete.
import { checkTables } from './authorization/grant.ts';
import { decodeToken, encodeToken } from './continuation.ts';
import { parseObject } from './entity-json.ts';
import {
  insertAnswer,
  jsonAnswer,
  metadataOf,
  type Service,
  type TableAnswer,
  type TableRequest,
  topOf,
} from './exchange.ts';
import { meets } from './filter/filter.ts';
import { parseFilter } from './filter/parse-filter.ts';
import { TableError } from './table-error.ts';

const NEXT_NAME = 'NextTableName';

export async function handleTables({ catalogue }: Service, request: TableRequest): Promise<TableAnswer> {
  if (request.method === 'GET') {
    checkTables(request.grant, 'list');
    return listTables(request, catalogue.names());
  }
  if (request.method !== 'POST') throw new TableError('MethodNotAllowed');
  checkTables(request.grant, 'create');
  const { TableName: name } = parseObject(request.body);
  if (typeof name !== 'string') throw new TableError('PropertiesNeedValue', 'TableName must be a string.');
  await catalogue.create(name);
  const location = { Location: `${request.origin}/${request.account}/Tables('${name}')` };
  return insertAnswer(request, 'Tables/@Element', () => tableToJson(request, name), location);
}

export async function handleTable({ catalogue }: Service, request: TableRequest, name: string): Promise<TableAnswer> {
  if (request.method === 'GET') {
    checkTables(request.grant, 'list');
    const table = catalogue.find(name);
    return jsonAnswer(request, 200, 'Tables/@Element', tableToJson(request, table.name));
  }
  if (request.method !== 'DELETE') throw new TableError('MethodNotAllowed');
  checkTables(request.grant, 'drop');
  await catalogue.drop(name);
  return { status: 204, headers: {} };
}

function listTables(request: TableRequest, names: readonly string[]): TableAnswer {
  const filter = parseFilter(request.query.get('$filter') || 'true');
  const start = decodeToken(request.query.get(NEXT_NAME) ?? encodeToken(''));
  const matching = names.filter(
    (name) =>
      name.toLowerCase() >= start &&
      meets(filter, (property) => (property === 'TableName' ? { type: 'Edm.String', value: name } : undefined)),
  );
  const top = topOf(request);
  const next = matching[top]?.toLowerCase();
  const value = matching.slice(0, top).map((name) => tableToJson(request, name));
  const headers = next === undefined ? {} : { [`x-ms-continuation-${NEXT_NAME}`]: encodeToken(next) };
  return jsonAnswer(request, 200, 'Tables', { value }, headers);
}

function tableToJson(request: TableRequest, name: string): Record<string, unknown> {
  if (metadataOf(request) !== 'fullmetadata') return { TableName: name };
  const path = `Tables('${name}')`;
  return {
    'odata.type': `${request.account}.Tables`,
    'odata.id': `${request.origin}/${request.account}/${path}`,
    'odata.editLink': path,
    TableName: name,
  };
}
