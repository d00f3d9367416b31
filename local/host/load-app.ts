// Loads a built Functions app in the order of the Node worker: the files of package.json's `main`, appStart hooks,
// capabilities, then registration is locked. What cannot be loaded is named; the rest runs.
import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { CoreRegistry, ProgrammingModel, RegisteredFunction } from './core-module.ts';
import type { LoadedFunction } from './function-app.ts';
import { catchStreamServer, type StreamServer } from './http/stream-server.ts';
import { finished } from './patience.ts';

export interface LoadedApp {
  readonly folder: string;
  readonly functions: readonly LoadedFunction[];
  readonly model: ProgrammingModel;
  /** There when the app set `enableHttpStream`. */
  readonly streamServer: StreamServer | undefined;
  /** Why a file or function is left out, each a sentence for the user. */
  readonly problems: readonly string[];
}

/** The real host gives a worker as long to load. */
const loadPatienceMs = 60_000;

/**
 * The one load of this process. A file that takes longer than `patienceMs` is left out.
 * @throws Error when nothing can run: no package.json, no file, no function, an appStart hook that fails
 */
export async function loadApp(folder: string, registry: CoreRegistry, patienceMs = loadPatienceMs): Promise<LoadedApp> {
  const problems: string[] = [];
  await importEntryFiles(folder, problems, patienceMs);
  const model = registry.model;
  if (!model) throw new Error(nothingRegistered(folder, problems));
  await startHooks(folder, registry);
  const streamServer = await catchStreamServer(() => model.getCapabilities({}));
  registry.locked = true;
  const functions = distinctFunctions(registry.functions, problems);
  if (functions.length === 0) throw new Error(nothingRegistered(folder, problems));
  return { folder, functions, model, streamServer, problems };
}

function nothingRegistered(folder: string, problems: readonly string[]): string {
  const [old] = globSync('*/function.json', { cwd: folder });
  const hint = old === undefined ? '' : ` ${old} is of programming model v3: only v4 (\`app.http(…)\`) runs here.`;
  return [...problems, `No function was registered by the app in ${folder}.${hint}`].join('\n');
}

async function importEntryFiles(folder: string, problems: string[], patienceMs: number): Promise<void> {
  for (const file of entryFiles(folder)) {
    try {
      await inTime(import(pathToFileURL(join(folder, file)).href), patienceMs);
    } catch (error) {
      const place = error instanceof SyntaxError ? syntaxPlace(join(folder, file)) : '';
      problems.push(`Unable to load entry point "${file}": ${place}${describe(error)}`);
    }
  }
}

/** A module's SyntaxError does not say where it is; `node --check` does, with the line itself. */
function syntaxPlace(path: string): string {
  const { stderr } = spawnSync(process.execPath, ['--check', path], { encoding: 'utf8' });
  const [place = ''] = stderr.split('\n\n', 1);
  return place.includes(path) ? `${place}\n` : '';
}

async function inTime(loading: Promise<unknown>, patienceMs: number): Promise<void> {
  if (await finished(loading, patienceMs)) return void (await loading);
  throw new Error(`It has not loaded within ${patienceMs / 1000} s: does it await at its top what never comes?`);
}

/** package.json's `main`, or undefined where it cannot be read. */
export function mainOf(folder: string): string | undefined {
  try {
    return readPackage(folder).main;
  } catch {
    return undefined;
  }
}

function entryFiles(folder: string): string[] {
  const { main } = readPackage(folder);
  if (!main)
    throw new Error(`${join(folder, 'package.json')} has no "main": set it to the built entry file or a glob of them.`);
  const files = globSync(main, { cwd: folder }).toSorted();
  if (files.length === 0)
    throw new Error(`No file matches "main": "${main}" of ${join(folder, 'package.json')}. Build the app first.`);
  return files;
}

function readPackage(folder: string): { main?: string } {
  const path = join(folder, 'package.json');
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as { main?: string };
  } catch (error) {
    throw new Error(`Cannot read ${path}: ${describe(error)}`, { cause: error });
  }
}

async function startHooks(folder: string, registry: CoreRegistry): Promise<void> {
  const { appHookData, appLevelHookData, hooks } = registry;
  try {
    for (const callback of hooks.appStart)
      await callback({ hookData: appLevelHookData, appHookData, functionAppDirectory: folder });
  } catch (error) {
    throw new Error(`An appStart hook failed: ${describe(error)}`, { cause: error });
  }
}

/** A second function of a name is left out. */
function distinctFunctions(registered: readonly RegisteredFunction[], problems: string[]): LoadedFunction[] {
  const byName = new Map<string, LoadedFunction>();
  for (const each of registered) {
    const [key, trigger] = Object.entries(each.bindings).find(([, binding]) => /trigger$/i.test(binding.type)) ?? [];
    if (!key || !trigger) problems.push(`Function '${each.name}' has no trigger and is left out.`);
    else if (byName.has(each.name.toLowerCase()))
      problems.push(
        `Function '${each.name}' is registered twice; only the first one runs. Give each a name of its own.`,
      );
    else byName.set(each.name.toLowerCase(), { ...each, trigger: { ...trigger, key } });
  }
  return [...byName.values()];
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
