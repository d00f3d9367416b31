// One chunk of a film, decoded once, into the segments of every rendition. Chunks join because all of them keep to one grid
// of frames: frame n is shown at n / frameRate, and every group of pictures begins at a multiple of gopFrames.
import { Decoder, Encoder, FilterAPI } from 'node-av/api';
import { FF_ENCODER_LIBX264 } from 'node-av/constants';
import { type Frame, Rational } from 'node-av/lib';
import type { OnSegment, Rendition, VideoJob } from '../../videos/video-engine.ts';
import { type Colour, screenFilter } from './colour.ts';
import { type Bytes, openFilm, Rejection } from './film.ts';
import { frameColour } from './frame-colour.ts';
import { type SegmentWriter, segmentWriter } from './segment-writer.ts';
import { upright } from './upright.ts';

const bufferBytes = 4 * 1024 * 1024;
/** So much earlier than the chunk the decoder begins: the frame shown at its start may begin before it. */
const leadSeconds = 0.1;
/** A film may end so much before its header says. */
const slackSeconds = 2;

export async function encodeVideo(bytes: Bytes, job: VideoJob, onSegment: OnSegment): Promise<{ frames: number }> {
  await using film = await openFilm(bytes, bufferBytes);
  const { num, den } = job.frameRate;
  const secondsAt = (frame: number): number => (frame * den) / num;
  const wanted = job.endFrame - job.firstFrame;
  if (job.firstFrame > 0) await film.seek(secondsAt(job.firstFrame) - leadSeconds + job.startSeconds);
  using decoder = await Decoder.create(film.video, { exitOnError: false });
  let grid: FilterAPI | undefined;
  const outputs = await Promise.all(job.renditions.map((rendition) => openOutput(rendition, job, onSegment)));
  let frames = 0;
  const encode = async (source: readonly Frame[]): Promise<void> => {
    for (const frame of source) {
      grid ??= FilterAPI.create(gridFilter(job, frameColour(frame, film.video)));
      for (const gridFrame of await grid.processAll(frame)) {
        frames += 1;
        await encodeFrame(outputs, gridFrame);
      }
      frame.free();
    }
  };
  for await (const packet of film.packets(film.video)) {
    await encode(await decoder.decodeAll(packet));
    if (frames >= wanted) break;
  }
  if (frames < wanted) {
    await encode(await decoder.decodeAll(null));
    await grid?.flush();
    for await (const frame of grid?.flushFrames() ?? []) {
      frames += 1;
      await encodeFrame(outputs, frame);
    }
  }
  grid?.close();
  checkFrames(frames, wanted, job);
  for (const output of outputs) await output.end();
  return { frames };
}

function checkFrames(frames: number, wanted: number, job: VideoJob): void {
  const missing = wanted - frames;
  const slack = job.isLast ? Math.min((slackSeconds * job.frameRate.num) / job.frameRate.den, wanted - 1) : 0;
  if (missing > slack) {
    throw new Rejection('truncated', `${missing} of the ${wanted} frames from number ${job.firstFrame} on are missing`);
  }
}

/**
 * The film's frames on the grid, from the first to the last of the chunk, upright, in the size of the largest rendition.
 * The first picture stands from the beginning on.
 */
function gridFilter(job: VideoJob, colour: Colour): string {
  const { startSeconds, firstFrame, endFrame, rotation } = job;
  const { num, den } = job.frameRate;
  const [largest] = job.renditions;
  if (largest === undefined) throw new Error('a plan without renditions');
  return [
    `setpts=round(PTS-${startSeconds}/TB)`,
    `fps=${num}/${den}:start_time=${((firstFrame * den) / num).toFixed(6)}`,
    `trim=start_pts=${firstFrame}:end_pts=${endFrame}`,
    `${upright[rotation]}${screenFilter(colour, largest, 'film')}`,
  ].join(',');
}

interface Output {
  encode(frame: Frame | null): Promise<void>;
  end(): Promise<void>;
}

async function encodeFrame(outputs: readonly Output[], frame: Frame): Promise<void> {
  for (const output of outputs) await output.encode(frame);
  frame.free();
}

async function openOutput(rendition: Rendition, job: VideoJob, onSegment: OnSegment): Promise<Output> {
  const { name, width, height, maxBitrateBps } = rendition;
  const { gopFrames, frameRate, firstFrame } = job;
  // A group of pictures ahead: frames that are stored before others they follow never get a time before zero.
  const filter = FilterAPI.create(`setpts=PTS+${gopFrames},scale=${width}:${height}:flags=bicubic,setsar=1`);
  const encoder = await Encoder.create(FF_ENCODER_LIBX264, {
    gopSize: gopFrames,
    maxRate: maxBitrateBps,
    bufSize: maxBitrateBps * 2,
    context: { bitRate: 0, framerate: new Rational(frameRate.num, frameRate.den) },
    options: { preset: 'veryfast', crf: 23, 'x264-params': `keyint=${gopFrames}:min-keyint=${gopFrames}:scenecut=0` },
  });
  const writer: SegmentWriter = await segmentWriter(encoder, {
    rendition: name,
    movflags: '+frag_keyframe',
    firstIndex: firstFrame / gopFrames,
    onSegment,
  });
  const encode = async (frame: Frame | null): Promise<void> => {
    const scaled = frame === null ? [] : await filter.processAll(frame);
    for (const picture of scaled) {
      await writer.write(await encoder.encodeAll(picture));
      picture.free();
    }
  };
  return {
    encode,
    end: async () => {
      await writer.write(await encoder.encodeAll(null));
      await writer.end();
      encoder.close();
      filter.close();
    },
  };
}
