// A new body for a letter: from a file, or edited by hand in the editor of whoever runs the command.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { CommandError } from './command.ts';

/** The JSON of a file; `-` is standard input. @throws CommandError */
export function readBody(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (cause) {
    throw new CommandError(`--body ${file} cannot be read: ${String(cause)}`, { cause });
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CommandError(`--body ${file} is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}

/** Opens the text in an editor; answers the file it was saved to, which stays for another try. @throws CommandError */
export function editInEditor(text: string): string {
  const editor = process.env['VISUAL'] ?? process.env['EDITOR'];
  if (editor === undefined)
    throw new CommandError('Set EDITOR to the editor you like, or write the body to a file and give it with --body');
  const file = join(mkdtempSync(join(tmpdir(), 'dead-letter-')), 'body.json');
  writeFileSync(file, text, { mode: 0o600 });
  // By the shell: EDITOR may have options.
  const { status } = spawnSync(`${editor} '${file}'`, { shell: true, stdio: 'inherit' });
  if (status !== 0) throw new CommandError(`${editor} ended with ${status}: nothing was sent`);
  return file;
}

/** Asks on a terminal; what nobody sits at has been told what to do. */
export async function isConfirmed(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) return true;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim());
  } finally {
    terminal.close();
  }
}
