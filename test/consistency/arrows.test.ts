import { createRequire } from 'node:module';
import { cruise, type IForbiddenRuleType } from 'dependency-cruiser';
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config';
import { expect, test } from 'vitest';

type Config = { readonly forbidden: IForbiddenRuleType[]; readonly options: object };
const { forbidden, options } = createRequire(import.meta.url)('../../.dependency-cruiser.cjs') as Config;

test('who imports whom is as docs/architecture.md says', async () => {
  const { output } = await cruise(
    ['functions', 'shared', 'cli', 'local', 'web/src', 'test', 'bench', 'build.ts'],
    { ...options, ruleSet: { forbidden }, validate: true },
    undefined,
    { tsConfig: extractTSConfig('tsconfig.json') },
  );
  if (typeof output === 'string') throw new Error(output);
  const { summary } = output;
  expect(summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`)).toEqual([]);
  // It passes in silence where it finds no modules, as under a compiler it does not know.
  expect(summary.totalCruised).toBeGreaterThan(150);
});

test('every arrow has a name and a comment a newcomer can read', () => {
  for (const { name, comment } of forbidden) {
    expect(name).toMatch(/^[a-z-]+$/);
    expect(comment?.length).toBeGreaterThan(30);
  }
});
