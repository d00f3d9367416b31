// local.settings.json as func reads it: `Values` become environment where it does not say otherwise, `Host` the port
// and CORS; and `%NAME%` in bindings and host.json stands for a setting.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface LocalSettings {
  readonly values: Readonly<Record<string, string>>;
  /** Default 7071, func's. */
  readonly httpPort: number;
  /** Origins allowed to call from a browser; `*` is any. */
  readonly corsOrigins: readonly string[];
  readonly corsCredentials: boolean;
}

/** The file's settings, or none where there is no such file. @throws Error naming the file when it is not JSON or encrypted */
export function readLocalSettings(folder: string): LocalSettings {
  const path = join(folder, 'local.settings.json');
  const file = readJson(path);
  if (file['IsEncrypted'] === true)
    throw new Error(`${path} is encrypted: run \`func settings decrypt\`, or set "IsEncrypted" to false.`);
  const host = asRecord(file['Host']);
  const values = Object.entries(asRecord(file['Values'])).map(([key, value]) => [key, String(value)]);
  return {
    values: Object.fromEntries(values) as Record<string, string>,
    httpPort: Number(host['LocalHttpPort'] ?? 7071),
    corsOrigins: textOf(host['CORS'], '')
      .split(',')
      .map((origin) => origin.trim())
      .filter((origin) => origin !== ''),
    corsCredentials: host['CORSCredentials'] === true,
  };
}

/** A JSON object from a file, empty where there is none; func's files may have comments. @throws Error naming it and the place */
export function readJson(path: string): Record<string, unknown> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
  try {
    return asRecord(JSON.parse(withoutComments(text)));
  } catch (error) {
    throw new Error(`${path} is not valid JSON: ${(error as Error).message}`, { cause: error });
  }
}

/** Blanks take their place, so that an error names the right line. */
function withoutComments(text: string): string {
  return text
    .replace(/^\uFEFF/, '')
    .replace(/"(?:\\.|[^"\\])*"|\/\/[^\n]*|\/\*[\s\S]*?\*\//g, (piece) =>
      piece.startsWith('"') ? piece : piece.replace(/[^\n]/g, ' '),
    );
}

/** The value itself when it is an object, otherwise an empty one. */
export function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

/** A JSON scalar as text; anything else is `byDefault`. */
export function textOf(value: unknown, byDefault: string): string {
  return ['string', 'number', 'boolean'].includes(typeof value) ? String(value) : byDefault;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** `%NAME%` replaced by settings. @throws Error naming the setting that is missing */
export function resolveSettings(text: string, environment: Environment): string {
  return text.replace(/%([^%]+)%/g, (_, name: string) => {
    const value = environment[name];
    if (value === undefined) throw new Error(`The setting '${name}' is needed for '${text}' and is not set.`);
    return value;
  });
}

/**
 * A connection string by the name a binding gives it: the setting itself, or `AzureWebJobs<name>`.
 * @throws Error naming both when neither is set
 */
export function connectionString(name: string, environment: Environment): string {
  const value = environment[name] ?? environment[`AzureWebJobs${name}`];
  if (value) return value;
  const identity = Object.keys(environment).find((key) => key.startsWith(`${name}__`));
  if (identity)
    throw new Error(
      `The connection '${name}' is by identity (${identity}), which needs Azure: locally set '${name}' to a connection string.`,
    );
  throw new Error(
    `The connection '${name}' is not set: put a connection string under that name into local.settings.json.`,
  );
}

/** True for `AzureWebJobs.<function>.Disabled` (or with `__` for the dots) set to true or 1. */
export function isDisabled(functionName: string, environment: Environment): boolean {
  const value =
    environment[`AzureWebJobs.${functionName}.Disabled`] ?? environment[`AzureWebJobs__${functionName}__Disabled`];
  return value !== undefined && /^(true|1)$/i.test(value);
}
