// What the value of an output binding sends: an array (as JSON) means one message an element.
import type { Expand } from './binding-expressions.ts';
import type { Binding, TypedData } from './function-app.ts';

/** Delivers a value. @throws the service's own error: the invocation fails with it */
export type SendOutput = (binding: Binding, value: TypedData, expand: Expand) => Promise<void>;

export interface OutputItem {
  readonly body: Buffer;
  readonly contentType: string;
}

export function outputItems(value: TypedData): readonly OutputItem[] {
  if ('bytes' in value) return [{ body: Buffer.from(value.bytes), contentType: 'application/octet-stream' }];
  if ('string' in value) return [textItem(value.string)];
  if ('int' in value) return [textItem(String(value.int))];
  if ('double' in value) return [textItem(String(value.double))];
  if (!('json' in value)) return [];
  const parsed: unknown = JSON.parse(value.json);
  return Array.isArray(parsed) ? parsed.map(jsonItem) : [jsonItem(parsed)];
}

function jsonItem(value: unknown): OutputItem {
  if (typeof value === 'string') return textItem(value);
  return { body: Buffer.from(JSON.stringify(value)), contentType: 'application/json' };
}

function textItem(text: string): OutputItem {
  return { body: Buffer.from(text), contentType: 'text/plain' };
}
