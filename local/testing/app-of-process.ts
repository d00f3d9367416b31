// The apps this process has loaded, by folder or file: what is registered is registered once.
import { resolve } from 'node:path';
import { createRegistry, provideCoreModule } from '../host/core-module.ts';
import type { Invoke, LoadedFunction } from '../host/function-app.ts';
import { createInvoke } from '../host/invoke.ts';
import { loadApp } from '../host/load-app.ts';

export interface App {
  readonly functions: readonly LoadedFunction[];
  readonly invoke: Invoke;
}

let kept: { readonly path: string; readonly app: App } | undefined;

export function hasApp(): boolean {
  return kept !== undefined;
}

export function keepApp(path: string, app: App): void {
  kept = { path, app };
}

/**
 * The app of a folder, without a host around it; the one that is loaded already when it is the same.
 * @throws Error when another one is
 */
export async function appOfProcess(given: string): Promise<App> {
  const path = resolve(given);
  if (kept && kept.path !== path)
    throw new Error(
      `This process has loaded ${kept.path} already; '${given}' needs a process (a test file) of its own.`,
    );
  if (!kept) keepApp(path, await load(path));
  return (kept as unknown as { app: App }).app;
}

async function load(folder: string): Promise<App> {
  const registry = createRegistry();
  provideCoreModule(registry, () => {});
  // durable-functions does not start without it.
  process.env['WEBSITE_HOSTNAME'] ??= '127.0.0.1:7071';
  const { functions, model, problems } = await loadApp(folder, registry);
  if (problems.length > 0) throw new Error(problems.join('\n'));
  const quiet = { log: () => {}, readInput: async () => undefined, sendOutput: async () => {} };
  const invoke = createInvoke({ registry, model, environment: process.env, ...quiet });
  return { functions, invoke };
}
