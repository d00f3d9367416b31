// How the cases reach an endpoint of the Table service, and what a case is.
import { AzureNamedKeyCredential, type RestError, TableClient } from '@azure/data-tables';

/** What must hold of a fresh, empty table. */
export type TableCase = readonly [title: string, run: (table: TableClient) => Promise<void>];

export const ACCOUNT = 'devstoreaccount1';
export const KEY = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';
export const credential = new AzureNamedKeyCredential(ACCOUNT, KEY);

/** `origin` is like http://127.0.0.1:10002 */
export function clientFor(origin: string, table: string): TableClient {
  return new TableClient(`${origin}/${ACCOUNT}`, table, credential, {
    allowInsecureConnection: true,
    retryOptions: { maxRetries: 0 },
  });
}

export function originOf(client: TableClient): string {
  return new URL(client.url).origin;
}

export function connectionStringFor(origin: string): string {
  return `DefaultEndpointsProtocol=http;AccountName=${ACCOUNT};AccountKey=${KEY};TableEndpoint=${origin}/${ACCOUNT};`;
}

/** The status and code a request is refused with; fails when it is not. */
export async function errorOf(promise: Promise<unknown>): Promise<{ status?: number; code?: string }> {
  try {
    await promise;
  } catch (error) {
    const { statusCode, code, details } = error as RestError;
    const body = details as { odataError?: { code?: string } } | undefined;
    const found = body?.odataError?.code ?? code;
    return { ...(statusCode !== undefined && { status: statusCode }), ...(found !== undefined && { code: found }) };
  }
  throw new Error('it was not refused');
}

export async function rowKeys(client: TableClient, filter?: string): Promise<string[]> {
  const keys: string[] = [];
  const entities = client.listEntities(filter === undefined ? {} : { queryOptions: { filter } });
  for await (const entity of entities) keys.push(entity.rowKey ?? '');
  return keys;
}
