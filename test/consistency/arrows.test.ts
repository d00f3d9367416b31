import { cruise, type ICruiseResult, type IForbiddenRuleType } from 'dependency-cruiser';
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config';
import { expect, test } from 'vitest';
import config from '../../.dependency-cruiser.cjs';

test('who imports whom is as docs/architecture.md says', async () => {
  const { forbidden, options } = config;
  const { output } = await cruise(
    ['functions', 'shared', 'local', 'web/src', 'test', 'build.ts'],
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
  for (const { name, comment } of config.forbidden) {
    expect(name).toMatch(/^[a-z-]+$/);
    expect(comment?.length).toBeGreaterThan(30);
  }
});
