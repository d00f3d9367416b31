import { describe, expect, test } from 'vitest';
import { overallProgress, partsOf } from '../../../../shared/videos/parts.ts';
import { planChunks, segmentsOf } from '../../../../shared/videos/plan.ts';
import { assembleManifest, masterPlaylist, mediaPlaylist } from '../../../../shared/videos/playlists.ts';
import type { PartProgress } from '../../../../shared/videos/video-store.ts';
import { givenPlan } from '../../../support/given-video.ts';

const plan = givenPlan({ durationSeconds: 65 });
const chunks = planChunks(plan).map(
  (chunk): PartProgress => ({
    part: chunk.index,
    segmentMs: Array.from({ length: segmentsOf(plan, chunk) }, (_, nth) =>
      chunk.index === 2 && nth === 2 ? 1000 : 2000,
    ),
    peakBps: { '720p': 1_000_000 + chunk.index, '360p': 300_000 },
    codecs: { '720p': 'avc1.64001f', '360p': 'avc1.64001e' },
    done: true,
  }),
);
const audio: PartProgress = {
  part: 'audio',
  segmentMs: [4011, 4011],
  peakBps: { audio: 130_000 },
  codecs: { audio: 'mp4a.40.2' },
  done: true,
};

describe('the manifest', () => {
  test('is there once every part is done, in whatever order they come', () => {
    const parts = [audio, ...chunks.toReversed()];
    for (const missing of partsOf(plan)) {
      expect(
        assembleManifest(
          plan,
          parts.filter(({ part }) => part !== missing),
        ),
      ).toBeUndefined();
    }
    expect(assembleManifest(plan, [...chunks, { ...audio, done: false }])).toBeUndefined();
    const manifest = assembleManifest(plan, parts);
    expect(manifest?.picture.map(({ name, peakBps }) => [name, peakBps])).toEqual([
      ['720p', 1_000_002],
      ['360p', 300_000],
    ]);
    expect(manifest?.picture[0]?.segmentMs).toHaveLength(33);
    expect(manifest?.picture[0]?.segmentMs.at(-1)).toBe(1000);
  });

  test('has no sound where the sound track holds no sample', () => {
    expect(assembleManifest(plan, [...chunks, { ...audio, segmentMs: [] }])).not.toHaveProperty('audio');
  });
});

describe('playlists', () => {
  const manifest = assembleManifest(plan, [...chunks, audio]) ?? { frameRate: 0, picture: [] };

  test('the master names every rendition and the sound they share', () => {
    expect(masterPlaylist(manifest)).toBe(
      [
        '#EXTM3U',
        '#EXT-X-VERSION:7',
        '#EXT-X-INDEPENDENT-SEGMENTS',
        '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="audio",DEFAULT=YES,AUTOSELECT=YES,URI="playlist/audio.m3u8"',
        '#EXT-X-STREAM-INF:BANDWIDTH=1130002,RESOLUTION=1280x720,FRAME-RATE=30.000,VIDEO-RANGE=SDR,CODECS="avc1.64001f,mp4a.40.2",AUDIO="audio"',
        'playlist/720p.m3u8',
        '#EXT-X-STREAM-INF:BANDWIDTH=430000,RESOLUTION=640x360,FRAME-RATE=30.000,VIDEO-RANGE=SDR,CODECS="avc1.64001e,mp4a.40.2",AUDIO="audio"',
        'playlist/360p.m3u8',
        '',
      ].join('\n'),
    );
  });

  test('without sound no group of it is named', () => {
    expect(masterPlaylist({ frameRate: 25, picture: manifest.picture })).not.toMatch(/AUDIO|mp4a/);
  });

  test('a media playlist has every segment with its length, none longer than the target', () => {
    const track = { name: '720p', codecs: '', peakBps: 0, segmentMs: [2000, 2002, 1000] };
    expect(mediaPlaylist(track, { header: 'init?sig', segment: (index) => `${index}?sig` }).split('\n')).toEqual([
      '#EXTM3U',
      '#EXT-X-VERSION:7',
      '#EXT-X-TARGETDURATION:3',
      '#EXT-X-PLAYLIST-TYPE:VOD',
      '#EXT-X-MAP:URI="init?sig"',
      '#EXTINF:2.000,',
      '0?sig',
      '#EXTINF:2.002,',
      '1?sig',
      '#EXTINF:1.000,',
      '2?sig',
      '#EXT-X-ENDLIST',
      '',
    ]);
  });
});

test('progress grows with every segment and is whole only when all parts are done', () => {
  const shares = [[], chunks.slice(0, 1), chunks.slice(0, 2), chunks, [...chunks, audio]].map((parts) =>
    overallProgress(plan, parts),
  );
  expect(shares).toEqual(shares.toSorted((a, b) => a - b));
  expect(shares[0]).toBe(0);
  expect(shares[3]).toBeLessThan(1);
  expect(shares[4]).toBe(1);
});
