// A request and an answer of the Table service, apart from how they travel: alone over HTTP or as a part of a batch.
import type { Address } from './address.ts';
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
}

export interface TableAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What the handlers work on. */
export interface Service {
  readonly catalogue: Catalogue;
  readonly entities: Entities;
}

export function headerOf(request: TableRequest, name: string): string | undefined {
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

/** Prefer: return-no-content, which the SDK sends with every insert. */
export function wantsNoContent(request: TableRequest): boolean {
  return headerOf(request, 'prefer')?.toLowerCase() === 'return-no-content';
}

/** $top, at most 1,000. @throws {TableError} InvalidInput */
export function topOf(request: TableRequest): number {
  const text = request.query.get('$top');
  if (text === null) return 1000;
  const top = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (top < 1 || top > 1000) throw new TableError('InvalidInput', '$top must be a number from 1 to 1000.');
  return top;
}
