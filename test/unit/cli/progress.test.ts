import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { progress } from '../../../cli/progress.ts';

function written(isTTY: boolean): { readonly stream: typeof process.stderr; readonly text: () => string } {
  let text = '';
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      text += chunk.toString();
      done();
    },
  });
  return { stream: Object.assign(stream, { isTTY, columns: 80 }) as typeof process.stderr, text: () => text };
}

test('without a terminal there is a line for every tenth, however often it is told', () => {
  const { stream, text } = written(false);
  const show = progress(stream);
  for (let done = 0; done <= 1_000; done += 5) show(done / 1_000, `${done} of 1000`);
  expect(text().trimEnd().split('\n')).toHaveLength(11);
  expect(text()).toMatch(/^ {2}0 % {2}0 of 1000\n/);
});

test('on a terminal one line is drawn over, and left when all is done', () => {
  const { stream, text } = written(true);
  const show = progress(stream);
  show(0.5, '5 of 10');
  show(1, '10 of 10');
  expect(text().split('\r').slice(1)).toEqual([
    `[${'='.repeat(15)}${' '.repeat(15)}]  50 %  5 of 10\u001b[K`,
    `[${'='.repeat(30)}] 100 %  10 of 10\u001b[K\n`,
  ]);
});
