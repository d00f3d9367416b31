// Requests to the app, the local one or one in the cloud.
import { CommandError, UsageError } from './command.ts';

export interface App {
  readonly url: string;
  /** A function key: what the cloud asks for. */
  readonly key?: string | undefined;
}

/** Every command that asks the app takes these. */
export const appOptions = { url: { type: 'string' }, key: { type: 'string' } } as const;

/** @throws UsageError */
export function appFrom({ url = 'http://127.0.0.1:7071', key = process.env['MILLRACE_KEY'] }: Partial<App>): App {
  if (!URL.canParse(url)) throw new UsageError(`--url ${url}: give an address such as http://127.0.0.1:7071`);
  return { url, key };
}

/** Asks the app; what it refuses is told in its own words. @throws CommandError */
export async function ask<T>({ url, key }: App, method: 'GET' | 'POST', path: string, body?: unknown): Promise<T> {
  const headers: Record<string, string> = key === undefined ? {} : { 'x-functions-key': key };
  const init = { method, headers };
  if (body !== undefined) {
    headers['content-type'] = 'application/json';
    Object.assign(init, { body: JSON.stringify(body) });
  }
  const response = await fetch(new URL(`/api/v1/${path}`, url), init).catch((cause: unknown) => {
    throw new CommandError(`Nothing answers at ${url}: start it with npm start, or say where it is with --url`, {
      cause,
    });
  });
  const text = await response.text();
  const answer = readJson(text);
  if (response.ok && answer !== undefined) return answer as T;
  throw new CommandError(
    response.ok ? `${url} answered with no JSON: is it Millrace?` : refusal(response.status, answer, text),
  );
}

interface Problem {
  readonly title?: string;
  readonly detail?: string;
  /** By it the log is searched, where the answer says no more. */
  readonly instance?: string;
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[];
}

function refusal(status: number, answer: unknown, text: string): string {
  if (status === 401) return 'The app asks for a key: give it with --key, or set MILLRACE_KEY';
  const problem = (answer ?? {}) as Problem;
  const { title = `Status ${status}`, detail = problem.instance ?? text, errors = [] } = problem;
  return [`${title}: ${detail}`, ...errors.map((error) => `  ${error.pointer || 'the body'}: ${error.detail}`)].join(
    '\n',
  );
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
