import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

/** A statement at the top level that registers a function or hook. */
const registers = /^(app|durable|sagaStep|sagaActivity|videoActivity)[.(]/m;

test('functions/index.ts imports every file that registers a function', () => {
  const index = readFileSync('functions/index.ts', 'utf8');
  const files = globSync('functions/**/*.ts').filter((file) => file !== 'functions/index.ts');
  const registering = files.filter((file) => registers.test(readFileSync(file, 'utf8')));
  expect(registering.length).toBeGreaterThan(20);
  for (const file of registering) expect(index).toContain(`'${file.replace('functions/', './')}'`);
});
