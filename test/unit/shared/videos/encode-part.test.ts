import { expect, test } from 'vitest';
import { encodePart, type EncodePartPorts } from '../../../../shared/videos/encode-part.ts';
import type { Part } from '../../../../shared/videos/plan.ts';
import type { Segment, VideoEngine, VideoJob } from '../../../../shared/videos/video-engine.ts';
import { givenPlan, givenVideo, memoryParts, memoryVideos, videoId } from '../../../support/given-video.ts';

const plan = givenPlan();
const content = { etag: 'e1', sizeBytes: 100 };
const command = (part: Part) => ({ videoId, etag: 'e1', part });

/** An engine that gives every segment the right number and dies after `diesAfter` of them. */
function given(diesAfter = Number.POSITIVE_INFINITY) {
  const jobs: VideoJob[] = [];
  const blobs = new Map<string, number>();
  const parts = memoryParts();
  let left = diesAfter;
  const give = async (on: (segment: Segment) => Promise<void>, rendition: string, index: number): Promise<void> => {
    if (left === 0) throw new Error('the encoder died');
    if (index >= 0) left -= 1;
    await on({
      rendition,
      index,
      seconds: index < 0 ? 0 : 2,
      codecs: `codec-${rendition}`,
      bytes: new Uint8Array(1000),
    });
  };
  const engine: VideoEngine = {
    probe: async () => ({ outcome: 'rejected', reason: 'not-a-video', detail: '' }),
    encodeVideo: async (_source, job, on) => {
      jobs.push(job);
      for (const { name } of job.renditions) await give(on, name, -1);
      for (let frame = job.firstFrame; frame < job.endFrame; frame += job.gopFrames) {
        for (const { name } of job.renditions) await give(on, name, frame / job.gopFrames);
      }
      return { outcome: 'done', value: { frames: job.endFrame - job.firstFrame } };
    },
    encodeAudio: async (_source, _job, on) => {
      for (const index of [-1, 0, 1, 2]) await give(on, 'audio', index);
      return { outcome: 'done', value: { seconds: 6 } };
    },
    takePictures: async () => ({ outcome: 'done', value: [] }),
  };
  const ports: EncodePartPorts = {
    videos: memoryVideos(givenVideo({ status: 'processing', content, plan })),
    parts,
    files: {
      source: (_id, sizeBytes) => ({ sizeBytes, read: async () => new Uint8Array() }),
      putRendition: async (name) => void blobs.set(name, (blobs.get(name) ?? 0) + 1),
    },
    engine,
  };
  return { ports, parts, blobs, jobs, revive: () => (left = Number.POSITIVE_INFINITY) };
}

test('a chunk is encoded in every rendition and its row says so', async () => {
  const { ports, parts, blobs, jobs } = given();
  expect(await encodePart(ports, command(1))).toEqual({ part: 1, outcome: 'done' });
  expect(jobs).toMatchObject([{ firstFrame: 900, endFrame: 1800, isLast: false }]);
  expect(await parts.get(videoId, 1)).toEqual({
    part: 1,
    segmentMs: Array.from({ length: 15 }, () => 2000),
    peakBps: { '720p': 4000, '360p': 4000 },
    codecs: { '720p': 'codec-720p', '360p': 'codec-360p' },
    done: true,
  });
  expect(blobs.size).toBe(2 * (15 + 1));
  expect(blobs.has(`${videoId}/720p/000015.m4s`)).toBe(true);
});

test.each([0, 1, 2, 3, 7, 28, 29])(
  'an encoder that dies after %i segments goes on from the last whole one',
  async (diesAfter) => {
    const { ports, parts, blobs, jobs, revive } = given(diesAfter);
    await expect(encodePart(ports, command(0))).rejects.toThrow('the encoder died');
    revive();
    expect(await encodePart(ports, command(0))).toEqual({ part: 0, outcome: 'done' });
    const whole = Math.floor(diesAfter / 2);
    expect(jobs.map(({ firstFrame }) => firstFrame)).toEqual([0, whole * 60]);
    expect((await parts.get(videoId, 0))?.segmentMs).toHaveLength(15);
    const segments = [...blobs].filter(([name]) => name.endsWith('.m4s'));
    expect(segments).toHaveLength(30);
    expect(segments.filter(([, writes]) => writes > 1)).toHaveLength(diesAfter % 2);
  },
);

test('a part that is done is reported again and not encoded again', async () => {
  const { ports, jobs } = given();
  await encodePart(ports, command(0));
  expect(await encodePart(ports, command(0))).toEqual({ part: 0, outcome: 'done' });
  expect(jobs).toHaveLength(1);
});

test('the sound is stored as one part', async () => {
  const { ports, parts } = given();
  await encodePart(ports, command('audio'));
  expect(await parts.get(videoId, 'audio')).toMatchObject({ segmentMs: [2000, 2000, 2000], done: true });
});

test('what the engine rejects is reported with its reason', async () => {
  const { ports } = given();
  const engine: VideoEngine = {
    ...ports.engine,
    encodeVideo: async () => ({ outcome: 'rejected', reason: 'truncated', detail: 'half' }),
  };
  expect(await encodePart({ ...ports, engine }, command(0))).toEqual({
    part: 0,
    outcome: 'ended',
    ending: { status: 'rejected', reason: 'truncated', detail: 'half' },
  });
});

test.each([
  ['of another content', { videoId, etag: 'e2', part: 0 }],
  ['of an unknown video', { videoId: 'none', etag: 'e1', part: 0 }],
])('a command %s is dropped', async (_what, dropped) => {
  const { ports, jobs } = given();
  expect(await encodePart(ports, dropped)).toBeUndefined();
  expect(jobs).toEqual([]);
});
