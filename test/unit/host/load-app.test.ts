import { afterEach, expect, it } from 'vitest';
import { createRegistry } from '../../../local/host/core-module.ts';
import { loadApp } from '../../../local/host/load-app.ts';
import { createTemporaryApp } from '../../host/support/temporary-app.ts';

const cleanUp: (() => void)[] = [];
afterEach(() => {
  for (const undo of cleanUp.splice(0)) undo();
});

it('a file that awaits without end is left out and named', async () => {
  const app = createTemporaryApp({ 'main.js': 'await new Promise(() => {});' });
  cleanUp.push(app.remove);
  await expect(loadApp(app.folder, createRegistry(), 50)).rejects.toThrow(
    /Unable to load entry point "main\.js": Error: It has not loaded within 0\.05 s: does it await/,
  );
});
