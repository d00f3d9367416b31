// What a binding says of its hub, and how patient a client of it is.
import { connectionOf, neededOption } from '../binding-options.ts';
import type { Expand } from '../binding-expressions.ts';
import type { Binding } from '../function-app.ts';
import { resolveSettings, type Environment } from '../settings.ts';

/** A receiver whose server died waits one delay before it tries again: the SDK's default is 30 s. */
export const retryOptions = { retryDelayInMs: 500, maxRetries: 3, timeoutInMs: 15_000 };

/** The hub a connection string names by EntityPath wins over the binding's. @throws Error naming what is not set */
export function eventHubOf(
  binding: Binding,
  environment: Environment,
  resolve: Expand = (text) => resolveSettings(text, environment),
): { readonly connection: string; readonly eventHubName: string } {
  const connection = connectionOf(binding, environment);
  const [, entityPath] = /(?:^|;)\s*EntityPath=([^;]+)/i.exec(connection) ?? [];
  const eventHubName = entityPath ?? neededOption(binding, 'eventHubName');
  return { connection, eventHubName: resolve(eventHubName) };
}

/** After several tries the SDK throws all their errors in one that says nothing: the last of them. */
export function plainError(error: unknown): Error {
  const last: unknown = error instanceof AggregateError ? error.errors.at(-1) : error;
  return last instanceof Error ? last : new Error(String(last));
}
