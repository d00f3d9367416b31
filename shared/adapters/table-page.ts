import type { TableClient, TableEntityResult } from '@azure/data-tables';
import { withStorage } from './storage-errors.ts';

export interface PageRequest {
  readonly limit: number;
  /** What the page before answered; opaque to callers. */
  readonly continuation?: string | undefined;
}

/** One page of a query. */
export function tablePage<Row extends object>(
  table: TableClient,
  filter: string,
  { limit, continuation }: PageRequest,
): Promise<{ readonly rows: readonly TableEntityResult<Row>[]; readonly continuation?: string }> {
  return withStorage(async () => {
    const pages = table
      .listEntities<Row>({ queryOptions: { filter } })
      .byPage({ maxPageSize: limit, ...(continuation === undefined ? {} : { continuationToken: continuation }) });
    for await (const page of pages) {
      return { rows: page, ...(page.continuationToken === undefined ? {} : { continuation: page.continuationToken }) };
    }
    return { rows: [] };
  });
}
