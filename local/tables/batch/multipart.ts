// The wire form of a batch: a multipart body holding one changeset, whose parts are HTTP requests; the answer likewise.
// https://learn.microsoft.com/rest/api/storageservices/performing-entity-group-transactions
import { STATUS_CODES } from 'node:http';
import type { TableAnswer } from '../exchange.ts';
import { TableError } from '../table-error.ts';

export interface BatchPart {
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const CRLF = '\r\n';

/** The requests of the changeset in order, or the one query there is instead of it. @throws {TableError} InvalidInput */
export function parseBatch(contentType: string, body: string): BatchPart[] {
  const parts = splitParts(body, boundaryOf(contentType));
  const changeset = parts.length === 1 ? parts[0] : undefined;
  if (changeset === undefined) throw malformed(`holds ${parts.length} parts where one changeset is expected`);
  const { headers, rest } = readHeaders(changeset);
  if (/^application\/http\b/i.test(headers['content-type'] ?? '')) return [parsePart(changeset)];
  return splitParts(rest, boundaryOf(headers['content-type'] ?? '')).map(parsePart);
}

function boundaryOf(contentType: string): string {
  const [, quoted, plain] = /^\s*multipart\/mixed\s*;.*?\bboundary=(?:"([^"]+)"|([^\s;"]+))/is.exec(contentType) ?? [];
  const boundary = quoted ?? plain;
  if (boundary === undefined) throw malformed('has no multipart/mixed part with a boundary');
  return boundary;
}

/** What stands between the delimiter lines. */
function splitParts(body: string, boundary: string): string[] {
  const parts: string[] = [];
  let lines: string[] | undefined;
  for (const line of body.split(/\r?\n/)) {
    const isEnd = line.trimEnd() === `--${boundary}--`;
    if (!isEnd && line.trimEnd() !== `--${boundary}`) {
      lines?.push(line);
      continue;
    }
    if (lines) parts.push(lines.join(CRLF));
    if (isEnd) return parts;
    lines = [];
  }
  throw malformed(`ends before its boundary '${boundary}' does`);
}

function parsePart(part: string): BatchPart {
  const request = readHeaders(part).rest;
  const [, method, target, rest = ''] = /^\s*([A-Z]+) (\S+) HTTP\/1\.1(?:\r\n(.*))?$/s.exec(request) ?? [];
  if (method === undefined || target === undefined) throw malformed('has a part that is no HTTP/1.1 request');
  const { headers, rest: body } = readHeaders(rest);
  return { method, target, headers, body: body.trim() };
}

function readHeaders(text: string): { headers: Record<string, string>; rest: string } {
  if (text.startsWith(CRLF)) return { headers: {}, rest: text.slice(CRLF.length) };
  const end = text.indexOf(CRLF + CRLF);
  const head = end < 0 ? text : text.slice(0, end);
  const headers: Record<string, string> = {};
  for (const line of head.split(CRLF)) {
    const [, name, value] = /^([^:\s]+):\s*(.*)$/.exec(line) ?? [];
    if (name !== undefined) headers[name.toLowerCase()] = value ?? '';
  }
  return { headers, rest: end < 0 ? '' : text.slice(end + 2 * CRLF.length) };
}

function malformed(what: string): TableError {
  return new TableError('InvalidInput', `The batch ${what}.`);
}

/** The answers to a changeset; `id` makes the boundaries of this answer its own. */
export function writeBatch(answers: readonly TableAnswer[], id: string): TableAnswer {
  const inner = `changesetresponse_${id}`;
  const parts = answers.map((answer) => `--${inner}${CRLF}${writePart(answer)}`);
  return wrap([`Content-Type: multipart/mixed; boundary=${inner}`, '', ...parts, `--${inner}--`], id);
}

/** The answer to the one query of a batch. */
export function writeQueryBatch(answer: TableAnswer, id: string): TableAnswer {
  return wrap([writePart(answer)], id);
}

function wrap(lines: readonly string[], id: string): TableAnswer {
  const boundary = `batchresponse_${id}`;
  return {
    status: 202,
    headers: { 'Content-Type': `multipart/mixed; boundary=${boundary}` },
    body: [`--${boundary}`, ...lines, `--${boundary}--`, ''].join(CRLF),
  };
}

function writePart({ status, headers, body = '' }: TableAnswer): string {
  return [
    'Content-Type: application/http',
    'Content-Transfer-Encoding: binary',
    '',
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'X-Content-Type-Options: nosniff',
    'Cache-Control: no-cache',
    'DataServiceVersion: 3.0;',
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    '',
    body,
  ].join(CRLF);
}
