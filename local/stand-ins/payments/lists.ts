// Lists as the provider answers them: newest first, page by page (https://docs.stripe.com/api/pagination), from a time on.
import type { Answer, StandInRequest } from '../exchange.ts';

/** A page of at most `limit` (1 to 100, default 10) objects; `starting_after` or `page` name the last id already seen. */
export function listAnswer(
  object: 'list' | 'search_result',
  request: StandInRequest,
  all: readonly { readonly id: string }[],
): Answer {
  const query = request.url.searchParams;
  const limit = Math.min(100, Math.max(1, Number(query.get('limit') ?? 10) || 10));
  const after = query.get('starting_after') ?? query.get('page');
  const rest = after === null ? all : all.slice(all.findIndex(({ id }) => id === after) + 1);
  const data = rest.slice(0, limit);
  const hasMore = rest.length > limit;
  const nextPage = object === 'search_result' && { next_page: hasMore ? data.at(-1)?.id : null };
  return { status: 200, body: { object, url: request.url.pathname, has_more: hasMore, data, ...nextPage } };
}

/** Seconds of `created[gte]`, undefined where nothing is asked. */
export function createdFilter(query: URLSearchParams): number | undefined {
  const from = query.get('created[gte]');
  return from === null || !/^\d+$/.test(from) ? undefined : Number(from);
}

/** How an id begins that is made at this time: later ids have higher keys. */
export const keyOfTime = (ms: number): string => ms.toString(36).padStart(9, '0');
