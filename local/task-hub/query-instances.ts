// Queries over all instances: by creation time, status and the beginning of the id, page by page.
import type { Store } from '../store/store.ts';
import type { Engine } from './engine.ts';
import { type Answer, type HubRequest, RefusedRequest } from './exchange.ts';
import { type InstanceRecord, type RuntimeStatus, isFinished } from './instance.ts';
import { eachRecord } from './instance-rows.ts';
import { continuationHeader, decodeToken, encodeToken, pageSizeOf, timeOf } from './paging.ts';
import { statusBody } from './status-body.ts';

export interface InstanceQueries {
  /** GET /instances: a page of statuses, and in x-ms-continuation-token where the next one begins. */
  list(request: HubRequest): Promise<Answer>;
  /** DELETE /instances: purges what has finished and matches. */
  purge(request: HubRequest): Promise<Answer>;
}

export interface InstanceFilter {
  readonly createdFromMs?: number;
  readonly createdToMs?: number;
  readonly statuses?: ReadonlySet<string>;
  readonly idPrefix: string;
}

const statuses: readonly RuntimeStatus[] = ['Pending', 'Running', 'Suspended', 'Completed', 'Failed', 'Terminated'];
/** Azure's further statuses, which no instance here ever has. */
const unusedStatuses = ['ContinuedAsNew', 'Canceled'];

export function createInstanceQueries(store: Store, engine: Engine): InstanceQueries {
  return {
    async list({ url, headers }) {
      const filter = parseFilter(url.searchParams);
      const pageSize = pageSizeOf(url.searchParams);
      const showInput = !/^false$/i.test(url.searchParams.get('showInput') ?? '');
      const page: InstanceRecord[] = [];
      for await (const record of matching(store, filter, decodeToken(headers))) {
        if (page.length === pageSize) return answer(page, showInput, page.at(-1)?.instanceId);
        page.push(record);
      }
      return answer(page, showInput);
    },
    async purge({ url }) {
      const filter = parseFilter(url.searchParams);
      const ids: string[] = [];
      for await (const record of matching(store, filter)) if (isFinished(record)) ids.push(record.instanceId);
      const purged = await Promise.all(ids.map((id) => engine.purge(id)));
      const instancesDeleted = purged.filter(Boolean).length;
      return { status: instancesDeleted === 0 ? 404 : 200, body: { instancesDeleted } };
    },
  };
}

function answer(page: readonly InstanceRecord[], showInput: boolean, lastId?: string): Answer {
  return {
    status: 200,
    headers: lastId === undefined ? {} : { [continuationHeader]: encodeToken(lastId) },
    body: page.map((record) => statusBody(record, { showInput })),
  };
}

async function* matching(store: Store, filter: InstanceFilter, afterId?: string): AsyncGenerator<InstanceRecord> {
  for await (const record of eachRecord(store, filter.idPrefix, afterId)) {
    if (!record.instanceId.startsWith(filter.idPrefix)) return;
    if (matches(record, filter)) yield record;
  }
}

export function matches({ createdAtMs, status }: InstanceRecord, filter: InstanceFilter): boolean {
  if (filter.createdFromMs !== undefined && createdAtMs < filter.createdFromMs) return false;
  if (filter.createdToMs !== undefined && createdAtMs > filter.createdToMs) return false;
  return filter.statuses?.has(status.toLowerCase()) ?? true;
}

/** @throws {RefusedRequest} naming the parameter that cannot be read */
export function parseFilter(query: URLSearchParams): InstanceFilter {
  const createdFromMs = timeOf(query, 'createdTimeFrom');
  const createdToMs = timeOf(query, 'createdTimeTo');
  const wanted = query.get('runtimeStatus')?.toLowerCase().split(',');
  const known = new Set([...statuses, ...unusedStatuses].map((status) => status.toLowerCase()));
  const unknown = wanted?.find((status) => !known.has(status));
  if (unknown !== undefined)
    throw new RefusedRequest(
      400,
      `runtimeStatus '${unknown}' is none of ${[...statuses, ...unusedStatuses].join(', ')}.`,
    );
  return {
    idPrefix: query.get('instanceIdPrefix') ?? '',
    ...(createdFromMs !== undefined && { createdFromMs }),
    ...(createdToMs !== undefined && { createdToMs }),
    ...(wanted && { statuses: new Set(wanted) }),
  };
}
