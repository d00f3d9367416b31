// The ```sh blocks of a page, run by one bash as a newcomer pastes them. A line `# → "status": "completed" … "version": 7` says what
// the commands since the last such line print: these pieces, in this order, whatever the white space.
import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface Expected {
  /** In the page, from 1. */
  readonly line: number;
  readonly text: string;
}

export interface Story {
  readonly script: string;
  readonly expected: readonly Expected[];
  /** First lines of the blocks that expect nothing: nothing of them would be checked. */
  readonly unchecked: readonly number[];
}

const marker = (line: number): string => `@@ line ${line} @@`;

export function readStory(page: string): Story {
  const script: string[] = [];
  const expected: Expected[] = [];
  const unchecked: number[] = [];
  let block: { readonly line: number; readonly before: number } | undefined;
  for (const [index, text] of page.split('\n').entries()) {
    const line = index + 1;
    const shown = /^# → (.+)$/.exec(text)?.[1];
    if (block === undefined) {
      if (text === '```sh') block = { line, before: expected.length };
    } else if (text === '```') {
      if (expected.length === block.before) unchecked.push(block.line);
      block = undefined;
    } else if (shown === undefined) script.push(text);
    else {
      expected.push({ line, text: shown });
      script.push(`echo '${marker(line)}'`);
    }
  }
  return { script: script.join('\n'), expected, unchecked };
}

const packed = (text: string): string => text.replaceAll(/\s+/g, '');

export function isShown(text: string, output: string): boolean {
  const printed = packed(output);
  let from = 0;
  return text.split('…').every((piece) => {
    const at = printed.indexOf(packed(piece), from);
    from = at + packed(piece).length;
    return at >= 0;
  });
}

/** A list of mails is long. */
const endOf = (text: string): string => text.slice(-2000);

/** Answers what was expected and not printed, with what was printed instead. After `timeoutMs` bash and its commands are killed. */
export async function runStory({ script, expected }: Story, timeoutMs: number): Promise<readonly string[]> {
  // A process group of its own, so that what bash has started ends with it.
  const bash = spawn('bash', ['-c', `exec 2>&1\n${script}`], { detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
  let printed = '';
  bash.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
  const timeout = setTimeout(() => bash.pid !== undefined && process.kill(-bash.pid, 'SIGKILL'), timeoutMs);
  await once(bash, 'close');
  clearTimeout(timeout);
  const missing: string[] = [];
  for (const { line, text } of expected) {
    const [before = '', ...rest] = printed.split(marker(line));
    if (rest.length === 0)
      return [...missing, `line ${line} was not reached in ${timeoutMs} ms, after:\n${endOf(before)}`];
    if (!isShown(text, before)) missing.push(`line ${line} expects ${text}, and there was:\n${endOf(before)}`);
    printed = rest.join(marker(line));
  }
  return missing;
}
