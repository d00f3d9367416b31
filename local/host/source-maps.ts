// Stacks of errors in the lines of the sources. Node's own --enable-source-maps reads every map while the file is loaded, 0.15 s
// and more for the bundle of an app with its SDKs; here the first stack that needs a map reads it.
import { readFileSync } from 'node:fs';
import { SourceMap, type SourceMapPayload } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

interface LoadedMap {
  readonly map: SourceMap;
  /** What the map's sources are relative to. */
  readonly base: URL;
}

/** From now on, unless the app has a way of its own. */
export function mapStacks(): void {
  const maps = new Map<string, LoadedMap | undefined>();
  const mapOf = (file: string): LoadedMap | undefined => {
    if (!maps.has(file)) maps.set(file, readMap(file));
    return maps.get(file);
  };
  Error.prepareStackTrace = (error, calls) =>
    [headOf(error), ...calls.map((call) => `    at ${lineOf(call, mapOf)}`)].join('\n');
}

/** As node words it: its own errors with their code. */
function headOf(error: Error): string {
  const code = 'code' in error ? String(error.code) : '';
  return code.startsWith('ERR_') ? `${error.name} [${code}]: ${error.message}` : String(error);
}

function lineOf(call: NodeJS.CallSite, mapOf: (file: string) => LoadedMap | undefined): string {
  const text = (call as { toString(): string }).toString();
  const [file, line, column] = [call.getFileName(), call.getLineNumber(), call.getColumnNumber()];
  if (!file || !line || !column || file.startsWith('node:')) return text;
  const loaded = mapOf(file);
  const origin = loaded?.map.findOrigin(line, column);
  if (!loaded || !origin || !('fileName' in origin)) return text;
  const source = new URL(origin.fileName, loaded.base);
  const place = source.protocol === 'file:' ? fileURLToPath(source) : source.href;
  return text.replace(`${file}:${line}:${column}`, `${place}:${origin.lineNumber}:${origin.columnNumber}`);
}

/** Undefined where there is none, or none that can be read. */
function readMap(file: string): LoadedMap | undefined {
  try {
    const url = file.startsWith('file:') ? new URL(file) : pathToFileURL(file);
    const source = readFileSync(url, 'utf8');
    const reference = /^\/\/# sourceMappingURL=(\S+)/m.exec(
      source.slice(source.lastIndexOf('\n//# sourceMappingURL=') + 1),
    )?.[1];
    if (reference === undefined) return undefined;
    const isInline = reference.startsWith('data:');
    const base = isInline ? url : new URL(reference, url);
    const json = isInline
      ? Buffer.from(reference.slice(reference.indexOf(',') + 1), 'base64').toString()
      : readFileSync(base, 'utf8');
    return { map: new SourceMap(JSON.parse(json) as SourceMapPayload), base };
  } catch {
    return undefined;
  }
}
