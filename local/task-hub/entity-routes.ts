// The entities' part of the Durable extension's HTTP API (learn.microsoft.com, "HTTP APIs in Durable Functions"): signal,
// read, list.
import type { AppFacts } from '../durable-protocol/work.ts';
import type { Engine } from './engine.ts';
import type { EntityRecord } from './entity.ts';
import { type Answer, type HubRequest, refusal } from './exchange.ts';
import { continuationHeader, decodeToken, encodeToken, pageSizeOf, timeOf } from './paging.ts';

export interface EntityRoutesOptions {
  readonly engine: Engine;
  readonly app: () => AppFacts | undefined;
}

/** `path` is what follows …/entities/. */
export function createEntityRoutes({ engine, app }: EntityRoutesOptions) {
  return async (request: HubRequest, [name = '', key]: readonly string[]): Promise<Answer> => {
    const { method } = request;
    if (key === undefined && method === 'GET') return list(engine, request, name);
    if (key === undefined) return refusal(405, 'Entities are listed by GET; …/entities/<name>/<key> is one of them.');
    const entityId = entityIdOf(name, key);
    if (method === 'GET') return read(await engine.entities.record(entityId));
    if (method !== 'POST') return refusal(405, 'An entity is read by GET and signalled by POST.');
    const known = app()?.entities;
    if (known && !known.some((each) => each.toLowerCase() === name.toLowerCase()))
      return refusal(400, `The function '${name}' doesn't exist, is disabled, or is not an entity function.`);
    await engine.signal(entityId, { name: request.url.searchParams.get('op') ?? '', input: jsonOrText(request) });
    return { status: 202 };
  };
}

export function entityIdOf(name: string, key: string): string {
  return `@${name.toLowerCase()}@${key}`;
}

/** A body that is no JSON is a text, as Azure takes it. */
function jsonOrText({ body }: HubRequest): string {
  if (body === '') return '';
  try {
    JSON.parse(body);
    return body;
  } catch {
    return JSON.stringify(body);
  }
}

function read({ exists, state }: EntityRecord): Answer {
  return exists ? { status: 200, body: JSON.parse(state ?? 'null') as unknown } : { status: 404 };
}

/** By name and time of the last operation; states only with ?fetchState=true. */
async function list(engine: Engine, { url, headers }: HubRequest, name: string): Promise<Answer> {
  const query = url.searchParams;
  const fromMs = timeOf(query, 'lastOperationTimeFrom') ?? -Infinity;
  const toMs = timeOf(query, 'lastOperationTimeTo') ?? Infinity;
  const withState = query.get('fetchState')?.toLowerCase() === 'true';
  const pageSize = pageSizeOf(query);
  const page: EntityRecord[] = [];
  const prefix = name === '' ? '@' : entityIdOf(name, '');
  for await (const record of engine.entities.each(prefix, decodeToken(headers))) {
    const { exists, lastOperationAtMs } = record;
    if (!exists || lastOperationAtMs < fromMs || lastOperationAtMs > toMs) continue;
    if (page.length === pageSize) return answer(page, withState, page.at(-1)?.entityId);
    page.push(record);
  }
  return answer(page, withState);
}

function answer(page: readonly EntityRecord[], withState: boolean, lastId?: string): Answer {
  const body = page.map(({ entityId, lastOperationAtMs, state }) => {
    const [, name = '', ...key] = entityId.split('@');
    return {
      entityId: { name, key: key.join('@') },
      lastOperationTime: new Date(lastOperationAtMs).toISOString(),
      ...(withState && { state: JSON.parse(state ?? 'null') as unknown }),
    };
  });
  return { status: 200, headers: lastId === undefined ? {} : { [continuationHeader]: encodeToken(lastId) }, body };
}
