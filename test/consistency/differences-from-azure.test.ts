import { globSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';

const marker = 'Differs from Azure:';

/** The text of every marked comment, its lines joined. */
function differencesIn(path: string): string[] {
  const found: string[] = [];
  const lines = readFileSync(path, 'utf8').split('\n');
  for (const [index, line] of lines.entries()) {
    const at = line.indexOf(marker);
    if (at < 0) continue;
    const text = [line.slice(at + marker.length)];
    for (const next of lines.slice(index + 1)) {
      const comment = /^\s*(?:\/\/|\*(?!\/))\s?(\S.*)$/.exec(next)?.[1];
      if (comment === undefined || comment.includes(marker) || comment.startsWith('@')) break;
      text.push(comment);
    }
    found.push(
      text
        .join(' ')
        .replace(/\*\/.*$/, '')
        .replaceAll(/\s+/g, ' ')
        .trim(),
    );
  }
  return found;
}

test('docs/differences-from-azure.md lists every difference that the code marks', async () => {
  const sections = Map.groupBy(
    globSync('local/**/*.{ts,mjs}', { exclude: ['**/node_modules/**'] }).toSorted(),
    (path) => dirname(path).split('/')[1] ?? '',
  );
  const lines = [
    '# How the local Azure differs from Azure',
    '',
    '`npm test -- --update` writes this page from the comments in `local/` that begin with “Differs from Azure:”.',
  ];
  for (const [service, paths] of [...sections].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const differences = paths.flatMap(differencesIn);
    if (differences.length > 0) lines.push('', `## ${service}`, '', ...differences.map((text) => `- ${text}`));
  }
  expect(lines.length).toBeGreaterThan(10);
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('../../docs/differences-from-azure.md');
});
