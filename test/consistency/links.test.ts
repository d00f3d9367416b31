// Links between the pages lead somewhere: to a file that is there, and to a heading that is in it.
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';

const pages = ['README.md', 'CHANGELOG.md', 'local/README.md', ...globSync('docs/**/*.md')].map(normalize);

/** As GitHub makes an anchor of a heading. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{Letter}\p{Number}\s_-]/gu, '')
    .replaceAll(' ', '-');

const withoutBlocks = (page: string): string => readFileSync(page, 'utf8').replaceAll(/^```.*?^```/gms, '');

const anchorsOf = (page: string): string[] =>
  [...withoutBlocks(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading));

function isDead(page: string, link: string): boolean {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? page : normalize(join(dirname(page), path));
  if (!existsSync(target)) return true;
  return anchor !== undefined && target.endsWith('.md') && !anchorsOf(target).includes(anchor);
}

test.each(pages)('%s links to what is there', (page) => {
  const links = [...withoutBlocks(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
  expect(links.filter((link) => !/^[a-z]+:/.test(link) && isDead(page, link))).toEqual([]);
});

test('every page is in the index, its own or that of its folder', () => {
  const indexes = globSync('docs/**/README.md');
  const linked = new Set(
    indexes.flatMap((index) =>
      [...readFileSync(index, 'utf8').matchAll(/\]\(([^)#\s]+)/g)].map(([, link = '']) =>
        normalize(join(dirname(index), link)),
      ),
    ),
  );
  expect(pages.filter((page) => page !== 'docs/README.md' && !linked.has(page))).toEqual([]);
});

describe('the tour', () => {
  test('leads through ten files', () => {
    const stops = [...readFileSync('docs/tour.md', 'utf8').matchAll(/^\d+\. \[(\S+)\]\(\.\.\/(\S+)\):/gm)];
    expect(stops).toHaveLength(10);
    for (const [, name, path] of stops) expect(name).toBe(path);
  });
});

test('a path in code style is one that is there', () => {
  // web/dist is there once it is built.
  const known = /^(?:functions|shared|local|test|infra|docs|cli|bench|web(?!\/dist))\/[\w./-]+$/;
  const said = pages.flatMap((page) =>
    page === 'docs/add-a-function.md'
      ? []
      : [...withoutBlocks(page).matchAll(/`([^`\n]+)`/g)]
          .map(([, path = '']) => path)
          .filter((path) => known.test(path) && !existsSync(path))
          .map((path) => `${page}: ${path}`),
  );
  expect(said).toEqual([]);
});
