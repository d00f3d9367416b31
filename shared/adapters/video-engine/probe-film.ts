// What a film is, and whether it has a picture at all: one frame is decoded.
import { Decoder } from 'node-av/api';
import { AV_PKT_DATA_DISPLAYMATRIX } from 'node-av/constants';
import type { Stream } from 'node-av/lib';
import type { Probe } from '../../videos/video-engine.ts';
import { type Bytes, type Film, openFilm, Rejection } from './film.ts';

const bufferBytes = 256 * 1024;
const maxSeconds = 4 * 3600;
const microseconds = 1_000_000;
/** A film whose first picture does not come within so many packets has none. */
const packetLimit = 1_000;

export async function probeFilm(bytes: Bytes): Promise<Probe> {
  await using film = await openFilm(bytes, bufferBytes);
  const { video, context } = film;
  const durationSeconds = Math.max(Number(context.duration), 0) / microseconds;
  if (durationSeconds > maxSeconds) {
    throw new Rejection('too-long', `The film is ${Math.round(durationSeconds)} s long; ${maxSeconds} s are the most`);
  }
  if (!(await hasPicture(film))) throw new Rejection('no-picture', 'No picture in the file can be decoded');
  const { num, den } = video.sampleAspectRatio;
  const rate = video.avgFrameRate.num > 0 ? video.avgFrameRate : video.rFrameRate;
  return {
    durationSeconds,
    width: video.codecpar.width,
    height: video.codecpar.height,
    pixelAspect: num > 0 && den > 0 ? Math.min(Math.max(num / den, 0.25), 4) : 1,
    rotation: rotationOf(video),
    frameRate: { num: rate.num, den: rate.den },
    startSeconds: context.startTime > 0n ? Number(context.startTime) / microseconds : 0,
    hasAudio: film.audio !== undefined,
  };
}

async function hasPicture(film: Film): Promise<boolean> {
  using decoder = await Decoder.create(film.video, { exitOnError: false });
  let left = packetLimit;
  for await (const packet of film.packets(film.video)) {
    if (await anyFrame(decoder, packet)) return true;
    if ((left -= 1) === 0) return false;
  }
  return await anyFrame(decoder, null);
}

async function anyFrame(decoder: Decoder, packet: Parameters<Decoder['decodeAll']>[0]): Promise<boolean> {
  const frames = await decoder.decodeAll(packet);
  for (const frame of frames) frame.free();
  return frames.length > 0;
}

/** The display matrix holds cos and sin of the turn in 16.16 [ISO 14496-12, tkhd]. */
function rotationOf({ codecpar }: Stream): Probe['rotation'] {
  const matrix = codecpar.getCodedSideData(AV_PKT_DATA_DISPLAYMATRIX);
  if (matrix === null || matrix.length < 20) return 0;
  const degrees = (Math.atan2(matrix.readInt32LE(4), matrix.readInt32LE(0)) * 180) / Math.PI;
  return ((((Math.round(degrees / 90) * 90) % 360) + 360) % 360) as Probe['rotation'];
}
