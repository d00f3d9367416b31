// Function keys, as Azure has them: who may call a function of which level
// (https://learn.microsoft.com/azure/azure-functions/function-keys-how-to), and the file they are kept in.
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { linkSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { dirname } from 'node:path';
import { textOption } from '../binding-options.ts';
import type { LoadedFunction } from '../function-app.ts';
import { asRecord, readJson } from '../settings.ts';

/** Keys by their names. */
type Keys = Readonly<Record<string, string>>;

export interface AccessKeys {
  /** Opens everything, the admin API too. */
  readonly masterKey: string;
  /** Each opens every function of level `function`. */
  readonly functionKeys: Keys;
  /** By function: each opens that one. */
  readonly functions: Readonly<Record<string, Keys>>;
}

/** Keys from the file, which is made where there is none. @throws Error naming the file when it will not do */
export function readOrCreateKeys(file: string): AccessKeys {
  createKeys(file);
  const stored = readJson(file);
  const { masterKey } = stored;
  if (typeof masterKey !== 'string' || masterKey === '') throw new Error(`${file} must have a "masterKey".`);
  const functions = Object.entries(asRecord(stored['functions'])).map(([name, keys]) => [name, keysOf(keys)]);
  return {
    masterKey,
    functionKeys: keysOf(stored['functionKeys']),
    functions: Object.fromEntries(functions) as Record<string, Keys>,
  };
}

function keysOf(value: unknown): Keys {
  const keys = Object.entries(asRecord(value)).filter(([, key]) => typeof key === 'string' && key !== '');
  return Object.fromEntries(keys) as Keys;
}

/** All of it or nothing appears, once: several hosts may start side by side. */
function createKeys(file: string): void {
  const newKey = () => randomBytes(40).toString('base64url');
  const keys: AccessKeys = { masterKey: newKey(), functionKeys: { default: newKey() }, functions: {} };
  mkdirSync(dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(keys, undefined, 2)}\n`, { mode: 0o600 });
  try {
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft);
  }
}

/** The key a request brings: header `x-functions-key`, or `code` in its query. */
export function keyOf(request: IncomingMessage): string {
  const header = request.headers['x-functions-key'];
  if (typeof header === 'string') return header;
  return new URLSearchParams((request.url ?? '').split('?')[1]).get('code') ?? '';
}

/** Whether the key opens an HTTP function, by its `authLevel`. */
export function mayCall(fn: LoadedFunction, given: string, keys: AccessKeys): boolean {
  const level = (textOption(fn.trigger, 'authLevel') ?? 'function').toLowerCase();
  if (level === 'anonymous') return true;
  if (isKey(given, keys.masterKey)) return true;
  if (level === 'admin') return false;
  const own = Object.entries(keys.functions).find(([name]) => name.toLowerCase() === fn.name.toLowerCase());
  return [...Object.values(keys.functionKeys), ...Object.values(own?.[1] ?? {})].some((key) => isKey(given, key));
}

export function isKey(given: string, key: string): boolean {
  const [left, right] = [Buffer.from(given), Buffer.from(key)];
  return left.length === right.length && timingSafeEqual(left, right);
}
