// An entity group transaction: up to a hundred writes to one partition of one table, all or none.
import { randomUUID } from 'node:crypto';
import { parseAddress } from '../address.ts';
import type { EntityOperation } from '../apply-operation.ts';
import { headerOf, type Service, type TableAnswer, type TableRequest } from '../exchange.ts';
import { answerWrite, handleEntities, handleEntity, toOperation } from '../handle-entities.ts';
import { errorBody, OperationError, refusable, TableError } from '../table-error.ts';
import { parseBatch, writeBatch, writeQueryBatch } from './multipart.ts';

const MAX_OPERATIONS = 100;

interface Command {
  readonly request: TableRequest;
  readonly table: string;
  readonly operation: EntityOperation;
}

export async function handleBatch(service: Service, batch: TableRequest, requestId: string): Promise<TableAnswer> {
  if (batch.method !== 'POST') throw new TableError('MethodNotAllowed');
  try {
    const requests = readRequests(batch);
    const [first] = requests;
    if (first?.method === 'GET' && requests.length === 1)
      return writeQueryBatch(await query(service, first), randomUUID());
    return writeBatch(await run(service, readCommands(requests)), randomUUID());
  } catch (error) {
    if (!(error instanceof OperationError)) throw error;
    return writeBatch([answerRefusal(error, requestId)], randomUUID());
  }
}

async function run(service: Service, commands: readonly Command[]): Promise<TableAnswer[]> {
  const [first] = commands;
  if (!first) throw new TableError('InvalidInput', 'The batch holds no operation.');
  const table = refusable(0, () => service.catalogue.find(first.table));
  const operations = commands.map(({ operation }) => operation);
  const written = await service.entities.write(table, first.operation.partitionKey, operations);
  return commands.map(({ request, operation }, index) =>
    answerWrite(request, table, operation, written[index] ?? null),
  );
}

/** A query stands in a batch of its own. */
async function query(service: Service, request: TableRequest): Promise<TableAnswer> {
  const { resource } = request;
  if (resource.kind === 'entities') return handleEntities(service, request, resource.table);
  if (resource.kind === 'entity') return handleEntity(service, request, resource.table);
  throw new TableError('NotImplemented', 'A batch holds requests for entities only.');
}

function readRequests(batch: TableRequest): TableRequest[] {
  const parts = parseBatch(headerOf(batch, 'content-type') ?? '', batch.body);
  return parts.map(({ target, ...part }, index) =>
    refusable(index, () => ({ ...part, ...parseAddress(target), origin: batch.origin, grant: batch.grant })),
  );
}

function readCommands(requests: readonly TableRequest[]): Command[] {
  const commands: Command[] = [];
  const rowKeys = new Set<string>();
  for (const [index, request] of requests.entries()) {
    refusable(index, () => {
      const command = toCommand(request);
      checkFits(command, commands[0], rowKeys, index);
      commands.push(command);
      rowKeys.add(command.operation.rowKey);
    });
  }
  return commands;
}

function toCommand(request: TableRequest): Command {
  const { resource } = request;
  if (resource.kind !== 'entities' && resource.kind !== 'entity')
    throw new TableError('NotImplemented', 'A batch holds writes of entities only.');
  return { request, table: resource.table, operation: toOperation(request, resource.table) };
}

function checkFits(
  { table, operation }: Command,
  first: Command | undefined,
  rowKeys: ReadonlySet<string>,
  index: number,
): void {
  if (index >= MAX_OPERATIONS)
    throw new TableError('InvalidInput', 'The batch request operation exceeds the maximum 100 changes per change set.');
  if (!first) return;
  const isSame =
    table.toLowerCase() === first.table.toLowerCase() && operation.partitionKey === first.operation.partitionKey;
  if (!isSame) throw new TableError('CommandsInBatchActOnDifferentPartitions');
  if (rowKeys.has(operation.rowKey)) throw new TableError('InvalidDuplicateRow');
}

function answerRefusal({ index, refusal }: OperationError, requestId: string): TableAnswer {
  const headers = { 'Content-Type': 'application/json;odata=minimalmetadata;streaming=true;charset=utf-8' };
  return { status: refusal.status, headers, body: errorBody(refusal, requestId, new Date().toISOString(), index) };
}
