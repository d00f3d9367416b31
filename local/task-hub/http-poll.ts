// callHttp's asynchronous pattern: "202 Accepted" with a Location is asked again there after Retry-After, until it is
// something else (learn.microsoft.com, "HTTP features in Durable Functions"). The library counts on two further ids the
// moment it sees such an answer: a timer, and the next call (CallHttpWithPollingTask).
import { type HistoryEvent, eventType } from '../durable-protocol/history-event.ts';
import type { OpenCall } from './instance.ts';

export interface Poll {
  readonly delayMs: number;
  /** The next call, without its id. */
  readonly call: OpenCall;
}

interface HttpAnswer {
  readonly statusCode: number;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
}

interface HttpRequest {
  readonly uri: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Undefined: the call does not poll, or this is its last answer. */
export function pollOf(call: OpenCall, event: HistoryEvent): Poll | undefined {
  if (call.pollDelayMs === undefined || event.EventType !== eventType.taskCompleted) return undefined;
  const answer = JSON.parse(event.Result) as HttpAnswer;
  const location = headerOf(answer, 'location');
  if (answer.statusCode !== 202 || !location) return undefined;
  const retryAfter = headerOf(answer, 'retry-after');
  const seconds = Number(retryAfter);
  const delayMs = retryAfter && seconds >= 0 ? seconds * 1_000 : call.pollDelayMs;
  return { delayMs, call: { ...call, input: pollInput(JSON.parse(call.input) as HttpRequest, location) } };
}

/** A function's own key stays behind: the status is somebody else's to show (Azure does the same). */
function pollInput(request: HttpRequest, location: string): string {
  const entries = Object.entries(request.headers ?? {}).filter(([name]) => name.toLowerCase() !== 'x-functions-key');
  const { content: _, ...rest } = request as HttpRequest & { content?: string };
  const uri = URL.parse(location, request.uri)?.href ?? location;
  return JSON.stringify({ ...rest, method: 'GET', uri, headers: Object.fromEntries(entries) });
}

function headerOf({ headers = {} }: HttpAnswer, wanted: string): string | undefined {
  const value = Object.entries(headers).find(([name]) => name.toLowerCase() === wanted)?.[1];
  return typeof value === 'string' ? value : value?.[0];
}
