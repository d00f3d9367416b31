import type { TableClient, TableEntityResult } from '@azure/data-tables';
import { AppError } from '../../kernel/errors.ts';
import { withStorage } from '../storage-errors.ts';

export interface PageRequest {
  readonly limit: number;
  /** What the page before answered; opaque to callers. */
  readonly continuation?: string | undefined;
}

/** One page of a query. @throws AppError invalid-request for a continuation of unknown form, storage-unavailable */
export async function tablePage<Row extends object>(
  table: TableClient,
  filter: string,
  { limit, continuation }: PageRequest,
): Promise<{ readonly rows: readonly TableEntityResult<Row>[]; readonly continuation?: string }> {
  if (continuation !== undefined && !isContinuation(continuation)) {
    const detail = 'not a continuation that a page before gave out';
    const errors = [{ pointer: 'continuation', code: 'invalid_format', detail }];
    throw new AppError('invalid-request', `The continuation is ${detail}`, { errors });
  }
  return await withStorage(async () => {
    const pages = table
      .listEntities<Row>({ queryOptions: { filter } })
      .byPage({ maxPageSize: limit, ...(continuation === undefined ? {} : { continuationToken: continuation }) });
    for await (const page of pages) {
      return { rows: page, ...(page.continuationToken === undefined ? {} : { continuation: page.continuationToken }) };
    }
    return { rows: [] };
  });
}

/** Every row of a query, page by page. Rows may be removed on the way. @throws AppError storage-unavailable */
export async function* tableRows<Row extends object>(
  table: TableClient,
  filter: string,
): AsyncGenerator<TableEntityResult<Row>, void> {
  const rows = table.listEntities<Row>({ queryOptions: { filter } });
  for (let row = await withStorage(() => rows.next()); row.done !== true; row = await withStorage(() => rows.next())) {
    yield row.value;
  }
}

/** The SDK's token: base64 of the JSON of the next keys. */
function isContinuation(token: string): boolean {
  try {
    const keys: unknown = JSON.parse(Buffer.from(token, 'base64').toString('latin1'));
    return typeof keys === 'object' && keys !== null && 'nextPartitionKey' in keys;
  } catch {
    return false;
  }
}
