// The whole local Azure for all tests of a file. Apart from local-azure.ts, which benchmarks use without vitest.
import { afterAll, beforeAll } from 'vitest';
import { type LocalAzure, makeDataFolder, removeData, startLocalAzure } from './local-azure.ts';

/** Started before the tests of the file that asks for it, with data of its own, and ended after them. */
export function localAzureForFile(): LocalAzure {
  const data = makeDataFolder();
  let started: LocalAzure | undefined;
  const azure = (): LocalAzure => {
    if (started === undefined) throw new Error('the local Azure is asked for before it was started');
    return started;
  };
  beforeAll(async () => {
    started = await startLocalAzure(data);
  });
  afterAll(async () => {
    await started?.stop();
    removeData(data);
  });
  return {
    get url() {
      return azure().url;
    },
    get pid() {
      return azure().pid;
    },
    output: () => azure().output(),
    children: (commandLine) => azure().children(commandLine),
    stop: () => azure().stop(),
  };
}
