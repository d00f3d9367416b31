// The sound of the whole film, once: AAC knows nothing of chunks.
import { Decoder, Encoder, FilterAPI } from 'node-av/api';
import { FF_ENCODER_AAC } from 'node-av/constants';
import type { AudioJob, OnSegment } from '../../videos/video-engine.ts';
import { type Bytes, openFilm } from './film.ts';
import { segmentWriter } from './segment-writer.ts';

const bufferBytes = 1024 * 1024;
const sampleRate = 48_000;
const bitrateBps = 128_000;

export async function encodeAudio(bytes: Bytes, job: AudioJob, onSegment: OnSegment): Promise<{ seconds: number }> {
  await using film = await openFilm(bytes, bufferBytes);
  if (film.audio === undefined) return { seconds: 0 };
  using decoder = await Decoder.create(film.audio, { exitOnError: false });
  using filter = FilterAPI.create(audioFilter(job));
  using encoder = await Encoder.create(FF_ENCODER_AAC, { bitrate: bitrateBps });
  const writer = await segmentWriter(encoder, {
    rendition: 'audio',
    movflags: '',
    fragmentSeconds: job.segmentSeconds,
    firstIndex: 0,
    // As far ahead as the picture is.
    aheadSeconds: (job.gopFrames * job.frameRate.den) / job.frameRate.num,
    onSegment,
  });
  const frames = filter.frames(decoder.frames(withEnd(film.packets(film.audio))));
  for await (const frame of frames) {
    await writer.write(await encoder.encodeAll(frame));
    frame?.free();
  }
  return { seconds: await writer.end() };
}

/** The library's pipeline wants to be told the end. */
async function* withEnd<T>(items: AsyncIterable<T>): AsyncGenerator<T | null> {
  yield* items;
  yield null;
}

/** The encoder counts samples and ignores times: gaps are filled with silence here. */
function audioFilter({ startSeconds }: AudioJob): string {
  return `asetpts=round(PTS-${startSeconds}/TB),aresample=${sampleRate}:async=1:first_pts=0,aformat=sample_fmts=fltp:channel_layouts=stereo`;
}
