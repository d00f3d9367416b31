// Reads a JSON file a person wrote: what is wrong with it is said with file and line.
import { readFile } from 'node:fs/promises';

/** @throws Error naming the file and, when it is no JSON, the line */
export async function readJson(file: string): Promise<unknown> {
  return parseJson(await readText(file), file);
}

/** `source` names the text in errors. @throws Error naming the line */
export function parseJson(text: string, source: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const { message } = error as Error;
    const reason = message.replace(/ (in JSON )?at position.*/s, '').replace(/, ("|\.\.\.).*is not valid JSON$/s, '');
    throw new Error(`${source} is no JSON: line ${lineOfError(message, text)}: ${reason}.`, { cause: error });
  }
}

async function readText(file: string): Promise<string> {
  try {
    const text = await readFile(file, 'utf8');
    // Editors on Windows put a byte order mark in front.
    return text.replace(/^\uFEFF/, '');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Error(`Cannot read ${file}: ${code === 'ENOENT' ? 'there is no such file' : message}.`, { cause: error });
  }
}

/** V8 names the line, but not of an unexpected token: that is on the first line up to which there is one. */
function lineOfError(message: string, text: string): number {
  const named = /\(line (\d+) /.exec(message)?.[1];
  if (named !== undefined) return Number(named);
  const lines = text.split('\n');
  const found = lines.findIndex((_, index) => hasUnexpectedToken(lines.slice(0, index + 1).join('\n')));
  return found < 0 ? lines.length : found + 1;
}

function hasUnexpectedToken(text: string): boolean {
  try {
    JSON.parse(`${text}\n`);
    return false;
  } catch (error) {
    return (error as Error).message.startsWith('Unexpected token');
  }
}
