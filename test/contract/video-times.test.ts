// Films whose times do not begin at zero, through the real engine: what is made of them begins where they begin, lasts as
// long, and keeps picture and sound together.
import { afterAll, describe, expect, test } from 'vitest';
import type { FilmOptions } from '../support/make-video.ts';
import { decodeTrack } from '../support/probe-media.ts';
import {
  encodePicture,
  encodeSound,
  engine,
  film,
  newFile,
  planOf,
  removeFolder,
} from '../support/video-engine-on-files.ts';

afterAll(removeFolder);

/** What is made begins one group of pictures after zero. */
const zeroSeconds = 2;
const frameSeconds = 1 / 30;
/** Of silence, with which an AAC encoder begins. Where the film's time has a place for it, MP4 does not mark it. */
const primingSeconds = 1024 / 44_100;

interface Expected {
  readonly durationSeconds: number;
  readonly frames: number;
  /** From the first picture or sound, whichever comes first. */
  readonly flashAfterSeconds: number;
}

const flash = (startSeconds: number): FilmOptions => ({ startSeconds, flashAtSeconds: startSeconds + 1 });

describe.each<[string, string, FilmOptions, Expected]>([
  ['at zero', 'mp4', flash(0), { durationSeconds: 2, frames: 60, flashAfterSeconds: 1 }],
  ['at zero', 'mkv', flash(0), { durationSeconds: 2, frames: 60, flashAfterSeconds: 1 }],
  ['at 5 s', 'mkv', flash(5), { durationSeconds: 2, frames: 60, flashAfterSeconds: 1 }],
  [
    'at 5 s, without sound',
    'mkv',
    { ...flash(5), tone: false },
    { durationSeconds: 2, frames: 60, flashAfterSeconds: 1 },
  ],
  ['at 26 hours', 'mkv', flash(93_600), { durationSeconds: 2, frames: 60, flashAfterSeconds: 1 }],
  [
    'at 5 s, by an edit list',
    'mp4',
    flash(5),
    { durationSeconds: 2 + primingSeconds, frames: 61, flashAfterSeconds: 1 + primingSeconds },
  ],
  [
    'at zero, reordered',
    'mp4',
    { ...flash(0), reordered: true },
    { durationSeconds: 2, frames: 60, flashAfterSeconds: 1 },
  ],
  [
    'at 5 s, reordered',
    'mkv',
    { ...flash(5), reordered: true },
    { durationSeconds: 2, frames: 60, flashAfterSeconds: 1 },
  ],
  [
    'before zero, where an edit list hides half a second',
    'mp4',
    { startSeconds: -0.5, seconds: 2.5, flashAtSeconds: 1 },
    { durationSeconds: 2, frames: 60, flashAfterSeconds: 1 },
  ],
  [
    'at 5 s, live, with no duration',
    'mkv',
    { ...flash(5), live: true },
    { durationSeconds: 2, frames: 60, flashAfterSeconds: 1 },
  ],
  [
    'with its sound 3 s later',
    'mkv',
    { startSeconds: 5, soundStartSeconds: 8, seconds: 5, flashAtSeconds: 9 },
    { durationSeconds: 8, frames: 150, flashAfterSeconds: 4 },
  ],
  [
    'with its sound 3 s later',
    'mp4',
    { startSeconds: 0, soundStartSeconds: 3, seconds: 5, flashAtSeconds: 4 },
    { durationSeconds: 8, frames: 150, flashAfterSeconds: 4 },
  ],
  [
    'with its picture 3 s later',
    'mp4',
    { startSeconds: 3, soundStartSeconds: 0, seconds: 5, flashAtSeconds: 4 },
    { durationSeconds: 8, frames: 240, flashAfterSeconds: 4 },
  ],
  [
    'with its picture half a frame later',
    'mkv',
    { ...flash(5), soundStartSeconds: 5 - frameSeconds / 2 },
    { durationSeconds: 2 + frameSeconds / 2, frames: 61, flashAfterSeconds: 1 + frameSeconds / 2 },
  ],
  [
    'with its picture after the first chunk',
    'mkv',
    { startSeconds: 37, soundStartSeconds: 5, seconds: 34, flashAtSeconds: 38, width: 64, height: 36, frameRate: '5' },
    { durationSeconds: 66, frames: 66 * 5, flashAfterSeconds: 33 },
  ],
])('a film that begins %s (%s)', (_what, ending, options, expected) => {
  test('is as long as what it shows, with every frame, and sound and picture together', async () => {
    const source = await film(options, ending);
    const plan = await planOf(source);
    expect(plan.durationSeconds).toBeCloseTo(expected.durationSeconds, 1);
    const picture = await encodePicture(source, plan);
    expect(picture.frames - expected.frames).toBe(0);
    expect(picture.firstSeconds).toBeCloseTo(zeroSeconds, 3);
    expect(picture.gapsMs.length).toBeLessThanOrEqual(2);
    const flashSeconds = zeroSeconds + expected.flashAfterSeconds;
    expect(Math.abs(picture.onsetSeconds - flashSeconds)).toBeLessThanOrEqual(frameSeconds / 2 + 0.001);
    if (options.tone === false) return;
    const { track: sound } = await encodeSound(source, plan);
    expect(Math.abs(sound.onsetSeconds - picture.onsetSeconds)).toBeLessThan(0.005);
    expect(sound.lastSeconds).toBeLessThan(zeroSeconds + expected.durationSeconds + 0.05);
  });
});

test('the picture of a film that begins at 5 s is taken at the time that was asked for', async () => {
  const source = await film({ startSeconds: 5, seconds: 6, flashAtSeconds: 8, tone: false }, 'mkv');
  const { startSeconds } = await planOf(source);
  const job = { startSeconds, rotation: 0, width: 64, height: 36, atSeconds: [0.5, 5.5] } as const;
  const answer = await engine.takePictures(source, job);
  if (answer.outcome !== 'done') throw new Error(answer.detail);
  const brightness = await Promise.all(
    answer.value.map(async (jpeg) => (await decodeTrack(jpeg, newFile('jpg'))).corners[0]),
  );
  expect(brightness).toEqual([0, 255]);
});
