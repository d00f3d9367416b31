// HLS playlists [RFC 8216] of a film that is ready, from its manifest. Segment addresses come signed from whoever asks.
import { partsOf } from './parts.ts';
import type { VideoPlan } from './plan.ts';
import type { PartProgress } from './video-store.ts';

export interface Track {
  readonly name: string;
  readonly codecs: string;
  readonly peakBps: number;
  readonly segmentMs: readonly number[];
  /** Of the picture; none for the sound. */
  readonly width?: number;
  readonly height?: number;
}

/** What is stored beside the segments once all of them are there. */
export interface Manifest {
  readonly frameRate: number;
  readonly picture: readonly Track[];
  readonly audio?: Track;
}

/** Undefined while a part is missing. */
export function assembleManifest(plan: VideoPlan, parts: readonly PartProgress[]): Manifest | undefined {
  const byPart = new Map(parts.map((progress) => [progress.part, progress]));
  if (!partsOf(plan).every((part) => byPart.get(part)?.done === true)) return undefined;
  const chunks = partsOf(plan).flatMap((part) => (part === 'audio' ? [] : [byPart.get(part)])) as PartProgress[];
  const segmentMs = chunks.flatMap((chunk) => chunk.segmentMs);
  const audio = byPart.get('audio');
  return {
    frameRate: Math.round((plan.frameRate.num / plan.frameRate.den) * 1000) / 1000,
    picture: plan.renditions.map(({ name, width, height }) => ({
      name,
      width,
      height,
      codecs: chunks[0]?.codecs[name] ?? '',
      peakBps: Math.max(...chunks.map(({ peakBps }) => peakBps[name] ?? 0)),
      segmentMs,
    })),
    // A sound track without a single sample is none.
    ...(audio === undefined || audio.segmentMs.length === 0
      ? {}
      : {
          audio: {
            name: 'audio',
            codecs: audio.codecs['audio'] ?? '',
            peakBps: audio.peakBps['audio'] ?? 0,
            segmentMs: audio.segmentMs,
          },
        }),
  };
}

/** Media playlists stand below: `playlist/<name>.m3u8`. */
export function masterPlaylist({ picture, audio, frameRate }: Manifest): string {
  const lines = ['#EXTM3U', '#EXT-X-VERSION:7', '#EXT-X-INDEPENDENT-SEGMENTS'];
  if (audio !== undefined) {
    lines.push(
      '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="audio",DEFAULT=YES,AUTOSELECT=YES,URI="playlist/audio.m3u8"',
    );
  }
  for (const { name, codecs, peakBps, width, height } of picture) {
    const attributes = [
      `BANDWIDTH=${peakBps + (audio?.peakBps ?? 0)}`,
      `RESOLUTION=${width}x${height}`,
      `FRAME-RATE=${frameRate.toFixed(3)}`,
      'VIDEO-RANGE=SDR',
      `CODECS="${[codecs, audio?.codecs].filter(Boolean).join(',')}"`,
      ...(audio === undefined ? [] : ['AUDIO="audio"']),
    ];
    lines.push(`#EXT-X-STREAM-INF:${attributes.join(',')}`, `playlist/${name}.m3u8`);
  }
  return `${lines.join('\n')}\n`;
}

export function mediaPlaylist(
  { segmentMs }: Track,
  urls: { header: string; segment: (index: number) => string },
): string {
  const longest = Math.max(...segmentMs, 1);
  const lines = [
    '#EXTM3U',
    '#EXT-X-VERSION:7',
    `#EXT-X-TARGETDURATION:${Math.ceil(longest / 1000)}`,
    '#EXT-X-PLAYLIST-TYPE:VOD',
    `#EXT-X-MAP:URI="${urls.header}"`,
  ];
  for (const [index, ms] of segmentMs.entries()) lines.push(`#EXTINF:${(ms / 1000).toFixed(3)},`, urls.segment(index));
  return `${lines.join('\n')}\n#EXT-X-ENDLIST\n`;
}
