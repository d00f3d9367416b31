// The real engine on real films, in its child process as it is built into dist/.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { nodeAvEngine } from '../../shared/adapters/video-engine/node-av-engine.ts';
import type { VideoPlan } from '../../shared/videos/plan.ts';
import type { VideoSource } from '../../shared/videos/video-engine.ts';
import type { FilmOptions } from '../support/make-video.ts';
import {
  decode,
  encode,
  encodePicture,
  encodeSound,
  engine,
  film,
  folder,
  planOf,
  removeFolder,
  sourceOf,
} from '../support/video-engine-on-files.ts';
import { waitFor } from '../support/wait-for.ts';

afterAll(removeFolder);

describe('a film in landscape', () => {
  test('chunks that are made apart join without a gap, with equal headers', async () => {
    const source = await film({ seconds: 7, width: 640, height: 480 });
    const plan = await planOf(source);
    const ranges = [
      [0, 60],
      [60, 180],
      [180, plan.totalFrames],
    ] as const;
    const { headers, segments } = await encode(source, plan, ranges);
    expect([...segments.keys()]).toEqual(['480p', '360p']);
    for (const { name, width, height } of plan.renditions) {
      const [header, ...others] = headers.get(name) ?? [];
      expect(others.every((other) => Buffer.from(other).equals(Buffer.from(header ?? [])))).toBe(true);
      const made = segments.get(name) ?? [];
      expect(made.map(({ index, seconds }) => [index, Math.round(seconds * 1000)])).toEqual([
        [0, 2000],
        [1, 2000],
        [2, 2000],
        [3, 1000],
      ]);
      expect(await decode([header ?? new Uint8Array(), ...made.map(({ bytes }) => bytes)])).toMatchObject({
        width,
        height,
        frames: 210,
        firstSeconds: 2,
        gapsMs: expect.toSatisfy((gaps: number[]) => gaps.every((gap) => gap === 33 || gap === 34)),
      });
    }
  });

  test('the sound begins with the picture and lasts as long', async () => {
    const source = await film({ seconds: 6 });
    const plan = await planOf(source);
    const { parts, track: sound } = await encodeSound(source, plan);
    expect(parts[0]).toMatchObject({ index: -1, codecs: 'mp4a.40.2' });
    expect(sound.type).toBe('audio');
    expect(sound.firstSeconds).toBeCloseTo(2, 1);
    expect(sound.lastSeconds).toBeCloseTo(8, 1);
    expect(parts.length).toBeGreaterThan(3);
  });

  test('pictures are taken of every time that was asked for', async () => {
    const source = await film({ seconds: 2 });
    const job = { startSeconds: 0, rotation: 0, width: 160, height: 90, atSeconds: [0, 1, 1.9] } as const;
    const answer = await engine.takePictures(source, job);
    if (answer.outcome !== 'done') throw new Error(answer.detail);
    expect(answer.value.map((jpeg) => Buffer.from(jpeg).toString('hex', 0, 2))).toEqual(['ffd8', 'ffd8', 'ffd8']);
  });
});

describe.each<[string, FilmOptions, string, Partial<VideoPlan>]>([
  [
    'in portrait',
    { width: 180, height: 320 },
    'mp4',
    { renditions: [expect.objectContaining({ width: 180, height: 320 })] },
  ],
  [
    'turned by a phone',
    { rotation: 90 },
    'mov',
    { renditions: [expect.objectContaining({ width: 180, height: 320 })] },
  ],
  ['without sound', { tone: false }, 'mkv', { hasAudio: false }],
  [
    'of odd size',
    { width: 321, height: 241 },
    'mp4',
    { renditions: [expect.objectContaining({ width: 320, height: 240 })] },
  ],
  ['at 29.97', { frameRate: '30000/1001' }, 'mp4', { frameRate: { num: 30000, den: 1001 }, gopFrames: 60 }],
])('a film %s', (_what, options, ending, expected) => {
  test('is encoded in the planned size with every frame', async () => {
    const source = await film(options, ending);
    const plan = await planOf(source);
    expect(plan).toMatchObject(expected);
    const { width = 0, height = 0 } = plan.renditions[0] ?? {};
    expect(await encodePicture(source, plan)).toMatchObject({ width, height, frames: plan.totalFrames });
  });
});

test('a film that a phone has turned is turned upright', async () => {
  const straight = await film({ tone: false });
  const turned = await film({ tone: false, rotation: 90 }, 'mov');
  const cornersOf = async (source: VideoSource): Promise<readonly number[]> =>
    (await encodePicture(source, await planOf(source))).corners;
  const [topLeft = 0, topRight = 0, bottomRight = 0, bottomLeft = 0] = await cornersOf(straight);
  // What was at the bottom left is at the top left after a quarter turn clockwise.
  const expected = [bottomLeft, topLeft, topRight, bottomRight];
  const found = await cornersOf(turned);
  for (const [index, brightness] of expected.entries()) {
    expect(Math.abs((found[index] ?? 0) - brightness)).toBeLessThan(25);
  }
});

describe('what cannot be encoded is rejected with a reason', () => {
  const text = (content: string): VideoSource => sourceOf(Buffer.from(content));
  const canary = join(import.meta.dirname, '../../package.json');

  test.each<[string, () => VideoSource | Promise<VideoSource>, string]>([
    ['an empty file', () => text(''), 'not-a-video'],
    ['a text', () => text('This is a text that calls itself a film. '.repeat(100)), 'not-a-video'],
    [
      'a playlist',
      () => text(`#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile://${canary}\n#EXT-X-ENDLIST\n`),
      'not-a-video',
    ],
    ['a concat script', () => text(`ffconcat version 1.0\nfile '${canary}'\n`), 'not-a-video'],
    ['random bytes after a header', () => sourceOf(Buffer.concat([ftyp, Buffer.alloc(50_000, 0xa5)])), 'not-a-video'],
    ['a film without its index', async () => cut(await film({}), 0.6), 'not-a-video'],
    ['a header without pictures', async () => cut(await film({ faststart: true, seconds: 4 }), 0.03), 'no-picture'],
  ])('%s', async (_what, make, reason) => {
    expect(await engine.probe(await make())).toMatchObject({ outcome: 'rejected', reason, detail: expect.any(String) });
  });

  test.each([
    ['mp4', { faststart: true }],
    ['mkv', {}],
    ['mkv', { startSeconds: 5 }],
  ])('a film in %s that breaks off before its header says so: %o', async (ending, options) => {
    const whole = await film({ seconds: 8, tone: false, ...options }, ending);
    const half = cut(whole, 0.5);
    const truncated = { outcome: 'rejected', reason: 'truncated' };
    expect(await engine.probe(half)).toMatchObject(truncated);
    const plan = await planOf(whole);
    const job = { ...plan, firstFrame: 0, endFrame: plan.totalFrames, isLast: true };
    expect(await engine.encodeVideo(half, job, async () => {})).toMatchObject(truncated);
  });
});

const ftyp = Buffer.from('000000186674797069736f6d0000020069736f6d6d703431', 'hex');

function cut(source: VideoSource, share: number): VideoSource {
  const sizeBytes = Math.floor(source.sizeBytes * share);
  return { sizeBytes, read: (offset, wanted) => source.read(offset, Math.min(wanted, sizeBytes - offset)) };
}

describe('the child process', () => {
  const children = (): string[] =>
    execFileSync('ps', ['-Ao', 'ppid=,args='], { encoding: 'utf8' })
      .split('\n')
      .filter((row) => Number.parseInt(row, 10) === process.pid && row.includes('video-child'));

  test('is gone when its job is done', async () => {
    expect(await engine.probe(await film({}))).toMatchObject({ outcome: 'done' });
    await waitFor('no child left', () => children().length === 0);
  });

  test('is killed when the film cannot be read, and the reason is passed on', async () => {
    const source = await film({});
    const unreadable = { ...source, read: async () => Promise.reject(new Error('the storage is gone')) };
    await expect(engine.probe(unreadable)).rejects.toThrow('the storage is gone');
    await waitFor('no child left', () => children().length === 0);
  });

  test('is killed when a segment cannot be stored, and the reason is passed on', async () => {
    const source = await film({});
    const plan = await planOf(source);
    const job = { ...plan, firstFrame: 0, endFrame: plan.totalFrames, isLast: true };
    const encoded = engine.encodeVideo(source, job, async () => Promise.reject(new Error('the disk is full')));
    await expect(encoded).rejects.toThrow('the disk is full');
    await waitFor('no child left', () => children().length === 0);
  });

  test('is killed when it hangs, and the film is rejected', async () => {
    const quick = { memoryBytes: 2.5 * 1024 ** 3, timeMs: 1_000 };
    const impatient = nodeAvEngine(resolve('dist/video-child.js'), { quick, encode: quick });
    const endless = { ...(await film({})), read: () => new Promise<Uint8Array>(() => {}) };
    expect(await impatient.probe(endless)).toMatchObject({ outcome: 'rejected', reason: 'took-too-long' });
    await waitFor('no child left', () => children().length === 0);
  });

  test('is killed when it never listens, and the film is rejected', async () => {
    const deaf = join(folder, 'video-child.mjs');
    writeFileSync(deaf, 'for (;;);');
    const quick = { memoryBytes: 2.5 * 1024 ** 3, timeMs: 1_000 };
    expect(await nodeAvEngine(deaf, { quick, encode: quick }).probe(await film({}))).toMatchObject({
      outcome: 'rejected',
      reason: 'took-too-long',
    });
    await waitFor('no child left', () => children().length === 0);
  });
});
