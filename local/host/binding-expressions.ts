// Binding expressions: %SETTING%, {what the trigger provides}, {a.property.of.its.JSON}, {rand-guid}, {DateTime:format}
// [learn.microsoft.com/azure/azure-functions/functions-bindings-expressions-patterns].
import { randomUUID } from 'node:crypto';
import type { HttpData, InvocationInput, TypedData } from './function-app.ts';
import { formatDate } from './date-format.ts';
import { asRecord, resolveSettings, textOf, type Environment } from './settings.ts';

/**
 * The text with its expressions replaced; `{{` and `}}` are plain braces.
 * @param quote what becomes of a value before it is put in, with the text that stands before it. Default: it is put in as it is
 * @throws Error naming the expression nothing stands for
 */
export type Expand = (text: string, quote?: (value: string, before: string) => string) => string;

const expression = /\{\{|\}\}|\{([^{}]+)\}/g;

/** Expressions of one invocation; what they stand for is looked at by the first that needs it. */
export function expanderOf(input: InvocationInput, environment: Environment): Expand {
  let values: Readonly<Record<string, unknown>> | undefined;
  return (text, quote = (value) => value) => {
    const withSettings = resolveSettings(text, environment);
    let done = '';
    let end = 0;
    for (const match of withSettings.matchAll(expression)) {
      done += withSettings.slice(end, match.index);
      end = match.index + match[0].length;
      if (match[1] === undefined) done += match[0][0];
      else {
        values ??= bindingData(input);
        done += quote(valueOf(match[1], values, input), done);
      }
    }
    return done + withSettings.slice(end);
  };
}

function valueOf(name: string, values: Readonly<Record<string, unknown>>, { fn }: InvocationInput): string {
  const [path = '', ...formats] = name.split(':');
  const format = formats.join(':');
  switch (path.toLowerCase()) {
    case 'rand-guid':
    case 'sys.randguid':
      return guid(format);
    case 'datetime':
    case 'sys.utcnow':
      return formatDate(new Date(), format || 'yyyy-MM-ddTHH-mm-ssZ');
    case 'sys.methodname':
      return fn.name;
    default:
      return asText(lookUp(path, values), name, fn.name);
  }
}

/** .NET's formats of a Guid. */
function guid(format: string): string {
  const id = randomUUID();
  const forms: Readonly<Record<string, string>> = { N: id.replaceAll('-', ''), B: `{${id}}`, P: `(${id})` };
  return forms[format.toUpperCase()] ?? id;
}

function lookUp(path: string, values: unknown): unknown {
  let value = values;
  for (const segment of path.split('.')) {
    const section = asRecord(value);
    const key = Object.keys(section).find((each) => each.toLowerCase() === segment.toLowerCase());
    value = key === undefined ? undefined : section[key];
  }
  return value;
}

function asText(value: unknown, name: string, functionName: string): string {
  if (value === undefined || value === null)
    throw new Error(
      `Unable to resolve '{${name}}' in a binding of '${functionName}': it must be given by the trigger, be a property of its JSON, or be {rand-guid} or {DateTime}.`,
    );
  return typeof value === 'object' ? JSON.stringify(value) : textOf(value, '');
}

/** What the trigger itself says goes before a property of its body of the same name. */
function bindingData({ data, triggerMetadata = {} }: InvocationInput): Readonly<Record<string, unknown>> {
  const metadata = Object.entries(triggerMetadata).map(([name, value]): [string, unknown] => [name, plain(value)]);
  const http = 'http' in data ? httpData(data.http) : {};
  const body = 'http' in data ? data.http.body : data;
  const entries = [...Object.entries(asRecord(body && parsed(body))), ...metadata, ...Object.entries(http)];
  return Object.fromEntries(entries.map(([name, value]) => [name.toLowerCase(), value]));
}

/** A function that streams has headers and parameters in the metadata. */
function httpData({ url, nullableHeaders, nullableParams = {} }: HttpData): Record<string, unknown> {
  const texts = (values: NonNullable<HttpData['nullableParams']>) =>
    Object.fromEntries(Object.entries(values).map(([name, { value }]) => [name, value]));
  return {
    ...(url !== undefined && { Query: Object.fromEntries(new URL(url).searchParams) }),
    ...(nullableHeaders && { Headers: texts(nullableHeaders) }),
    ...texts(nullableParams),
  };
}

function plain(value: TypedData): unknown {
  if ('json' in value) return JSON.parse(value.json) as unknown;
  return Object.values(value)[0] as unknown;
}

/** A body that is JSON, whatever it came as. */
function parsed(body: TypedData): unknown {
  try {
    const text = 'bytes' in body ? Buffer.from(body.bytes).toString() : plain(body);
    return typeof text === 'string' ? (JSON.parse(text) as unknown) : text;
  } catch {
    return undefined;
  }
}
