// README and the stories in docs/stories, pasted into bash against the whole local Azure: what they say is what happens.
import { globSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { storageOf } from '../support/azure-storage.ts';
import { type LocalAzure, makeDataFolder, removeData, startLocalAzure } from '../support/local-azure.ts';
import { makeVideo } from '../support/make-video.ts';
import { readStory, runStory } from '../support/pasted-story.ts';

const pages = ['README.md', ...globSync('docs/stories/*.md').toSorted()].filter((page) =>
  readFileSync(page, 'utf8').includes('```sh'),
);

describe('how a story is checked', () => {
  const page = (said: string): string =>
    ['```sh', `echo '{ "a": { "b": 1 },'; echo '"c": 2 }'`, `# → ${said}`, '```'].join('\n');

  test('pieces that are printed in their order are found, whatever the white space', async () => {
    expect(await runStory(readStory(page('"a": {"b":1} … "c":2')), 10_000)).toEqual([]);
  });

  test('a piece that is not printed, or too early, is named with its line and with what was printed', async () => {
    for (const said of ['"a": 1', '"c": 2 … "a"'])
      expect(await runStory(readStory(page(said)), 10_000)).toEqual([
        expect.stringMatching(/^line 3 .*\n\{ "a": \{ "b": 1 \},/),
      ]);
  });

  test('a command that does not end is killed, and its line is named', async () => {
    const endless = '```sh\nuntil false; do sleep 1; done\n# → done\n```';
    expect(await runStory(readStory(endless), 100)).toEqual([expect.stringContaining('line 3 was not reached')]);
  });

  test('a block without a line of what it prints is named', () => {
    expect(readStory('```sh\necho\n```').unchecked).toEqual([1]);
  });
});

describe('pasted', () => {
  const data = makeDataFolder();
  let azure: LocalAzure;
  let servicesPort: number;

  beforeAll(async () => {
    mkdirSync(join(data, 'files'));
    servicesPort = await freePort();
    const options = ['--services-port', String(servicesPort)];
    [azure] = await Promise.all([
      startLocalAzure(join(data, 'azure'), options),
      makeVideo(join(data, 'files', 'holiday.mp4')),
    ]);
    const bus = `Endpoint=sb://${/sb:\/\/(\S+)/.exec(azure.output())?.[1]};SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=SAS_KEY_VALUE;UseDevelopmentEmulator=true;`;
    Object.assign(process.env, {
      AzureWebJobsStorage: storageOf(azure),
      ServiceBusConnection: bus,
      EventHubsConnection: bus,
    });
  });
  afterAll(async () => {
    await azure?.stop();
    removeData(data);
  });

  /** All that a test changes in what a newcomer pastes: addresses, folders, and how long it sleeps between two looks. */
  function atHome(page: string): string {
    return page
      .replaceAll('http://127.0.0.1:7071', azure.url)
      .replaceAll('http://127.0.0.1:7072', `http://127.0.0.1:${servicesPort}`)
      .replaceAll(/npm run (--silent )?(dead-letters -- \w+|replay --)/g, `$& --url ${azure.url}`)
      .replaceAll('/tmp/', `${join(data, 'files')}/`)
      .replace('film=holiday.mp4', `film=${join(data, 'files', 'holiday.mp4')}`)
      .replaceAll('do sleep 1; done', 'do sleep 0.2; done');
  }

  test.each(pages)('%s: each block prints what it says', { timeout: 180_000 }, async (page) => {
    const story = readStory(atHome(readFileSync(page, 'utf8')));
    expect(story.unchecked).toEqual([]);
    expect(await runStory(story, 170_000)).toEqual([]);
  });
});
