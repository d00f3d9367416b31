import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { AppError, type ErrorCode, errorRegistry } from '../../shared/kernel/errors.ts';
import { toProblem } from '../../shared/kernel/problem.ts';

const codes = Object.keys(errorRegistry) as ErrorCode[];

test('docs/errors.md is the registry', async () => {
  const sections = codes.toSorted().flatMap((code) => {
    const { kind, status, title, advice } = errorRegistry[code];
    return [`## ${code}`, '', `${status} · ${kind} · ${title}.`, '', advice, ''];
  });
  const lines = [
    '# Errors',
    '',
    '`npm test -- --update` writes this page from `shared/kernel/errors.ts`.',
    '',
    'Every error of the API is `application/problem+json` [RFC 9457]. `type` names a section of this page. `code` is stable: branch on it.',
    '`detail` says what happened this time. `errors[]` points into the body. `instance` is what an operator looks up in the log. What an error',
    'of each kind does to a message, an event or an activity is in [the architecture](architecture.md#one-rule-for-every-error).',
    '',
    ...sections,
  ];
  await expect(lines.join('\n')).toMatchFileSnapshot('../../docs/errors.md');
});

test('the type of a problem names its section', () => {
  for (const code of codes)
    expect(toProblem(new AppError(code, ''), 'id').type).toMatch(new RegExp(`/docs/errors#${code}$`));
});

test('every code is thrown somewhere', () => {
  const sources = globSync('{functions,shared}/**/*.ts', { exclude: ['shared/kernel/errors.ts'] })
    .map((path) => readFileSync(path, 'utf8'))
    .join('\n');
  // Thrown itself, handed to what throws it, or told of one item of many.
  const thrown = (code: string): RegExp =>
    new RegExp(`AppError\\(\\s*'${code}'|parseWith\\([^;]*'${code}'|\\bcode: '${code}'|\\bfault\\([^;]*'${code}'`);
  // `internal-error` is made of what nobody foresaw; a declined payment the saga answers, as every business "no".
  expect(codes.filter((code) => !thrown(code).test(sources))).toEqual(['payment-declined', 'internal-error']);
});
