// JSON from outside: UTF-8 only, and no deeper than anything we take, for whoever walks a value recursively runs out of stack.
import { AppError } from './errors.ts';

/** The deepest body of the API has five levels. */
const deepest = 32;

/** @throws AppError invalid-json */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new AppError('invalid-json', 'The body is not UTF-8', { cause });
  }
}

/** @throws AppError invalid-json, also for JSON of more than 32 levels */
export function parseJson(text: string): unknown {
  if (isDeeper(text, deepest))
    throw new AppError('invalid-json', `More than ${deepest} levels of nesting are not taken`);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AppError('invalid-json', cause instanceof Error ? cause.message : 'not JSON', { cause });
  }
}

const quote = 0x22;
const backslash = 0x5c;
const opening = [0x5b, 0x7b];
const closing = [0x5d, 0x7d];

/** Reads brackets outside strings; of text that is no JSON it may say either, which the parser then finds. */
function isDeeper(text: string, limit: number): boolean {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charCodeAt(at);
    if (char === quote) inString = !inString;
    else if (inString) at += char === backslash ? 1 : 0;
    else if (char === opening[0] || char === opening[1]) depth += 1;
    else if (char === closing[0] || char === closing[1]) depth -= 1;
    if (depth > limit) return true;
  }
  return false;
}
