import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { writeByTurns } from '../../../local/host/log-output.ts';

function output() {
  const written: string[] = [];
  const stream = { write: (text: Uint8Array | string) => written.push(String(text)) > 0 };
  return { written, stream, write: writeByTurns(stream) };
}

describe('lines of the log', () => {
  it('are written at once when they are the first of a turn, the others together', async () => {
    const { written, write } = output();
    for (const line of ['a\n', 'b\n', 'c\n']) write(line);
    expect(written).toEqual(['a\n']);
    await nextTurn();
    expect(written).toEqual(['a\n', 'b\nc\n']);
    write('d\n');
    expect(written).toEqual(['a\n', 'b\nc\n', 'd\n']);
  });

  it('keep their order with what the app prints', async () => {
    const { written, stream, write } = output();
    write('a\n');
    write('b\n');
    stream.write('printed\n');
    write('c\n');
    await nextTurn();
    expect(written).toEqual(['a\n', 'b\n', 'printed\n', 'c\n']);
  });

  it('are written when the process ends, and those said after that at once', () => {
    const listeners = process.listeners('exit');
    const { written, write } = output();
    for (const line of ['a\n', 'b\n']) write(line);
    const [onExit] = process.listeners('exit').filter((listener) => !listeners.includes(listener));
    onExit?.(1);
    for (const line of ['c\n', 'd\n']) write(line);
    expect(written).toEqual(['a\n', 'b\n', 'c\n', 'd\n']);
  });
});
