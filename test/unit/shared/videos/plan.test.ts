import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { partsOf } from '../../../../shared/videos/parts.ts';
import { planChunks, planVideo, segmentsOf } from '../../../../shared/videos/plan.ts';
import type { Probe } from '../../../../shared/videos/video-engine.ts';
import { givenPlan, givenProbe } from '../../../support/given-video.ts';

const sizes = (probe: Partial<Probe>): string[] =>
  givenPlan(probe).renditions.map(({ name, width, height }) => `${name} ${width}x${height}`);

describe('renditions', () => {
  test.each<[string, Partial<Probe>, string[]]>([
    ['full HD', {}, ['720p 1280x720', '360p 640x360']],
    ['4K', { width: 3840, height: 2160 }, ['720p 1280x720', '360p 640x360']],
    ['720p exactly', { width: 1280, height: 720 }, ['720p 1280x720', '360p 640x360']],
    ['a little less', { width: 960, height: 540 }, ['540p 960x540', '360p 640x360']],
    ['360p exactly', { width: 640, height: 360 }, ['360p 640x360']],
    ['tiny', { width: 160, height: 90 }, ['90p 160x90']],
    ['odd', { width: 321, height: 241 }, ['240p 320x240']],
    ['portrait', { width: 1080, height: 1920 }, ['720p 720x1280', '360p 360x640']],
    ['turned by a phone', { rotation: 90 }, ['720p 720x1280', '360p 360x640']],
    ['upside down', { rotation: 180 }, ['720p 1280x720', '360p 640x360']],
    ['with wide pixels', { width: 720, height: 576, pixelAspect: 64 / 45 }, ['576p 1024x576', '360p 640x360']],
    ['one pixel', { width: 1, height: 1 }, ['2p 2x2']],
  ])('of a film that is %s', (_what, probe, expected) => {
    expect(sizes(probe)).toEqual(expected);
  });

  test('are even, two at most, in the shape of the film and, but for the last pixel, never larger', () => {
    const side = fc.integer({ min: 16, max: 8192 });
    fc.assert(
      fc.property(side, side, fc.constantFrom<Probe['rotation']>(0, 90, 180, 270), (width, height, rotation) => {
        const { renditions } = givenPlan({ width, height, rotation });
        const [shownWidth, shownHeight] = rotation % 180 === 90 ? [height, width] : [width, height];
        expect(renditions.length).toBeGreaterThan(0);
        expect(renditions.length).toBeLessThanOrEqual(2);
        expect(new Set(renditions.map(({ name }) => name)).size).toBe(renditions.length);
        for (const made of renditions) {
          expect([made.width % 2, made.height % 2]).toEqual([0, 0]);
          expect(made.width).toBeLessThanOrEqual(shownWidth);
          expect(made.height).toBeLessThanOrEqual(shownHeight);
          const scale = made.width / shownWidth;
          expect(Math.abs(made.height - shownHeight * scale)).toBeLessThanOrEqual(2 + shownHeight / shownWidth);
        }
      }),
    );
  });
});

test.each([
  [{ num: 30, den: 1 }, { num: 30, den: 1 }, 60],
  [{ num: 2997003, den: 100000 }, { num: 30000, den: 1001 }, 60],
  [{ num: 120, den: 1 }, { num: 60, den: 1 }, 120],
  [{ num: 173, den: 10 }, { num: 17300, den: 1000 }, 35],
  [{ num: 0, den: 0 }, { num: 25, den: 1 }, 50],
  [{ num: 1, den: 10 }, { num: 25, den: 1 }, 50],
])('a film at %o is encoded at %o in groups of %i', (frameRate, expected, gopFrames) => {
  expect(givenPlan({ frameRate })).toMatchObject({ frameRate: expected, gopFrames });
});

test('chunks cover every frame once and begin with a group of pictures', () => {
  const anyProbe = fc.record({
    durationSeconds: fc.double({ min: 0.01, max: 4 * 3600, noNaN: true }),
    frameRate: fc.record({ num: fc.integer({ min: 1, max: 240_000 }), den: fc.integer({ min: 1, max: 2002 }) }),
  });
  fc.assert(
    fc.property(anyProbe, (more) => {
      const plan = planVideo(givenProbe(more));
      let next = 0;
      for (const chunk of planChunks(plan)) {
        expect(chunk.firstFrame).toBe(next);
        expect(chunk.firstFrame % plan.gopFrames).toBe(0);
        expect(chunk.endFrame).toBeGreaterThan(chunk.firstFrame);
        expect(segmentsOf(plan, chunk)).toBeGreaterThan(0);
        next = chunk.endFrame;
      }
      expect(next).toBe(plan.totalFrames);
    }),
  );
});

test('the parts are the chunks and, where there is any, the sound', () => {
  expect(partsOf(givenPlan())).toEqual([0, 1, 2, 'audio']);
  expect(partsOf(givenPlan({ hasAudio: false, durationSeconds: 3 }))).toEqual([0]);
});

test.each([
  ['of a film that begins at 5 s', { startSeconds: 5, durationSeconds: 2 }, 5, 60],
  ['of a film that begins before zero', { startSeconds: -0.5, durationSeconds: 2 }, -0.5, 60],
  ['are as many as the picture has where the sound goes on', { durationSeconds: 8, pictureEndSeconds: 2 }, 0, 60],
  [
    'begin with the sound where that comes first',
    { durationSeconds: 3, pictureStartSeconds: 1, pictureEndSeconds: 3 },
    0,
    90,
  ],
  [
    'begin a whole number of frames before the first picture',
    { pictureStartSeconds: 0.02, pictureEndSeconds: 2.02 },
    0.02 - 1 / 30,
    61,
  ],
])('the frames %s', (_what, probe, startSeconds, totalFrames) => {
  const plan = givenPlan(probe);
  expect(plan.startSeconds).toBeCloseTo(startSeconds, 9);
  expect(plan.totalFrames).toBe(totalFrames);
});
