// What a film is: its first frames are decoded, its last packets are read.
import { AV_PKT_DATA_DISPLAYMATRIX } from 'node-av/constants';
import type { Frame, Stream } from 'node-av/lib';
import type { FrameRate, Probe } from '../../videos/video-engine.ts';
import { type Bytes, openFilm, Rejection } from './film.ts';
import { frameColour } from './frame-colour.ts';
import { beginningOf, endsOf } from './film-span.ts';

const bufferBytes = 256 * 1024;
const maxSeconds = 4 * 3600;

export async function probeFilm(bytes: Bytes): Promise<Probe> {
  await using film = await openFilm(bytes, bufferBytes);
  const { video } = film;
  const first = await beginningOf(film);
  using picture = first.picture;
  frameColour(picture, video);
  const startSeconds = Math.min(first.pictureSeconds, first.soundSeconds ?? first.pictureSeconds);
  const ends = await endsOf(film, startSeconds);
  const durationSeconds = Math.max(ends.pictureSeconds, ends.soundSeconds) - startSeconds;
  if (durationSeconds > maxSeconds) {
    throw new Rejection('too-long', `The film is ${Math.round(durationSeconds)} s long; ${maxSeconds} s are the most`);
  }
  const { num, den } = video.sampleAspectRatio;
  return {
    startSeconds,
    durationSeconds,
    pictureStartSeconds: first.pictureSeconds,
    pictureEndSeconds: ends.pictureSeconds,
    width: video.codecpar.width,
    height: video.codecpar.height,
    pixelAspect: num > 0 && den > 0 ? Math.min(Math.max(num / den, 0.25), 4) : 1,
    rotation: rotationOf(video),
    frameRate: frameRateOf(video, picture),
    hasAudio: film.audio !== undefined,
  };
}

/**
 * Where times are whole milliseconds, as in Matroska, the average is a little off, and the base rate is right. Of a picture
 * that begins late neither is known.
 */
function frameRateOf({ avgFrameRate: average, rFrameRate: base }: Stream, { duration, timeBase }: Frame): FrameRate {
  if (average.num <= 0 && duration > 0n) return { num: timeBase.den, den: timeBase.num * Number(duration) };
  const isNear = Math.abs((average.num * base.den) / (average.den * base.num) - 1) < 0.02;
  const { num, den } = average.num > 0 && !isNear ? average : base;
  return { num, den };
}

/** The display matrix holds cos and sin of the turn in 16.16 [ISO 14496-12, tkhd]. */
function rotationOf({ codecpar }: Stream): Probe['rotation'] {
  const matrix = codecpar.getCodedSideData(AV_PKT_DATA_DISPLAYMATRIX);
  if (matrix === null || matrix.length < 20) return 0;
  const degrees = (Math.atan2(matrix.readInt32LE(4), matrix.readInt32LE(0)) * 180) / Math.PI;
  return ((((Math.round(degrees / 90) * 90) % 360) + 360) % 360) as Probe['rotation'];
}
