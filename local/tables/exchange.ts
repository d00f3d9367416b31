// A request and an answer of the Table service, apart from how they travel: alone over HTTP or as a part of a batch.
import type { Store } from '../store/store.ts';
import type { Address } from './address.ts';
import type { Grant } from './authorization/grant.ts';
import type { Catalogue } from './catalogue.ts';
import type { Entities } from './entities.ts';
import type { Metadata, Place } from './entity-json.ts';
import { TableError } from './table-error.ts';

export interface TableRequest extends Address {
  readonly method: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
  /** `http://127.0.0.1:10002` */
  readonly origin: string;
  readonly grant: Grant;
}

export interface TableAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What the handlers work on. */
export interface Service {
  readonly store: Store;
  readonly catalogue: Catalogue;
  readonly entities: Entities;
}

export function headerOf(request: Pick<TableRequest, 'headers'>, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/**
 * Differs from Azure: where neither $format nor Accept asks for JSON, the answer is JSON all the same, not Atom.
 * @throws {TableError} AtomFormatNotSupported
 */
export function metadataOf(request: TableRequest): Metadata {
  const format = request.query.get('$format') ?? headerOf(request, 'accept') ?? '';
  if (/atom\+xml/i.test(format) && !/json/i.test(format)) throw new TableError('AtomFormatNotSupported');
  const [, level] = /odata=(nometadata|fullmetadata)/i.exec(format) ?? [];
  return (level?.toLowerCase() as Metadata | undefined) ?? 'minimalmetadata';
}

export function placeOf(request: TableRequest, table: string): Place {
  return { account: `${request.origin}/${request.account}`, accountName: request.account, table };
}

/** `context` is what follows `$metadata#`, as in `orders/@Element`. */
export function jsonAnswer(
  request: TableRequest,
  status: number,
  context: string,
  content: Readonly<Record<string, unknown>>,
  headers: Readonly<Record<string, string>> = {},
): TableAnswer {
  const metadata = metadataOf(request);
  const { account } = placeOf(request, '');
  const annotation = metadata === 'nometadata' ? {} : { 'odata.metadata': `${account}/$metadata#${context}` };
  const contentType = `application/json;odata=${metadata};streaming=true;charset=utf-8`;
  return {
    status,
    headers: { ...headers, 'Content-Type': contentType },
    body: JSON.stringify({ ...annotation, ...content }),
  };
}

const QUERY_OPTIONS = new Set(['$filter', '$top', '$select', '$format']);

/** What is asked for and not served is refused, so that no answer is taken for another. @throws {TableError} NotImplemented */
export function checkQueryOptions({ query }: TableRequest): void {
  for (const name of query.keys())
    if (name.startsWith('$') && !QUERY_OPTIONS.has(name))
      throw new TableError('NotImplemented', `The service has no ${name}.`);
}

/**
 * What an insert answers: 204, or 201 with what was made, by the Prefer header.
 * https://learn.microsoft.com/rest/api/storageservices/setting-the-prefer-header-to-manage-response-echo-on-insert-operations
 */
export function insertAnswer(
  request: TableRequest,
  context: string,
  content: () => Readonly<Record<string, unknown>>,
  headers: Readonly<Record<string, string>>,
): TableAnswer {
  const preference = headerOf(request, 'prefer')?.toLowerCase();
  const isApplied = preference === 'return-no-content' || preference === 'return-content';
  const all = { ...headers, ...(isApplied && { 'Preference-Applied': preference }) };
  return preference === 'return-no-content'
    ? { status: 204, headers: all }
    : jsonAnswer(request, 201, context, content(), all);
}

/** $top, at most 1,000. @throws {TableError} InvalidInput */
export function topOf(request: TableRequest): number {
  const text = request.query.get('$top');
  if (text === null) return 1000;
  const top = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (top < 1 || top > 1000) throw new TableError('InvalidInput', '$top must be a number from 1 to 1000.');
  return top;
}
