// What node-av makes of an encoded file: every frame is decoded.
import { writeFile } from 'node:fs/promises';
import { Decoder, Demuxer } from 'node-av/api';
import { AV_LOG_QUIET } from 'node-av/constants';
import { type Frame, Log } from 'node-av/lib';

export interface DecodedTrack {
  readonly type: 'video' | 'audio';
  readonly width: number;
  readonly height: number;
  readonly frames: number;
  /** Of the first frame and of the last. */
  readonly firstSeconds: number;
  readonly lastSeconds: number;
  /** Distances of neighbouring frames, each once, in whole milliseconds. */
  readonly gapsMs: readonly number[];
  /** When it first is bright at the top left, or loud; NaN where it never is. */
  readonly onsetSeconds: number;
  /** The first frame's picture: brightness at its four corners, clockwise from the top left. */
  readonly corners: readonly number[];
}

/** Decodes the first track of the file. */
export async function decodeTrack(bytes: Uint8Array, path: string): Promise<DecodedTrack> {
  Log.setLevel(AV_LOG_QUIET);
  await writeFile(path, bytes);
  await using demuxer = await Demuxer.open(path);
  const stream = demuxer.streams[0];
  if (stream === undefined) throw new Error('the file has no track');
  using decoder = await Decoder.create(stream);
  const times: number[] = [];
  let corners: number[] | undefined;
  let onsetSeconds = Number.NaN;
  for await (const frame of decoder.frames(demuxer.packets(0))) {
    if (frame === null) continue;
    const seconds = (Number(frame.pts) * frame.timeBase.num) / frame.timeBase.den;
    times.push(seconds);
    if (frame.isVideo()) corners ??= cornersOf(frame);
    const after = frame.isVideo() ? (isBright(frame) ? 0 : undefined) : secondsToLoud(frame);
    if (after !== undefined && !(seconds + after > onsetSeconds)) onsetSeconds = seconds + after;
    frame.free();
  }
  times.sort((a, b) => a - b);
  const gaps = times.slice(1).map((time, index) => Math.round((time - (times[index] ?? 0)) * 1000));
  return {
    type: corners === undefined ? 'audio' : 'video',
    width: stream.codecpar.width,
    height: stream.codecpar.height,
    frames: times.length,
    firstSeconds: times[0] ?? Number.NaN,
    lastSeconds: times.at(-1) ?? Number.NaN,
    gapsMs: [...new Set(gaps)],
    onsetSeconds,
    corners: corners ?? [],
  };
}

const bright = 128;
const loud = 0.05;

const isBright = (frame: Frame): boolean => (cornersOf(frame)[0] ?? 0) > bright;

/** Of planar floats, as AAC is decoded. */
function secondsToLoud({ data, sampleRate, nbSamples }: Frame): number | undefined {
  const plane = data?.[0];
  if (plane === undefined) return undefined;
  for (let sample = 0; sample < nbSamples; sample += 1) {
    if (Math.abs(plane.readFloatLE(sample * 4)) > loud) return sample / sampleRate;
  }
  return undefined;
}

function cornersOf(frame: Frame): number[] {
  const luma = frame.data?.[0];
  const stride = frame.linesize[0] ?? 0;
  const [right, bottom] = [frame.width - 5, frame.height - 5];
  const places = [
    [4, 4],
    [right, 4],
    [right, bottom],
    [4, bottom],
  ];
  return places.map(([x = 0, y = 0]) => luma?.[y * stride + x] ?? -1);
}
