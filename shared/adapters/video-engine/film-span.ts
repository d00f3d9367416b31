// When a film begins and ends, by its pictures and sounds. Headers do not say: some count from zero, some from the first
// picture, and some know no duration at all.
import { Decoder } from 'node-av/api';
import { AV_NOPTS_VALUE, AV_PKT_FLAG_DISCARD } from 'node-av/constants';
import type { Frame, Packet, Stream } from 'node-av/lib';
import { type Film, Rejection } from './film.ts';

export interface Beginning {
  /** The first picture; whoever asked frees it. */
  readonly picture: Frame;
  readonly pictureSeconds: number;
  /** Undefined where no sound comes within a second of the first picture. */
  readonly soundSeconds: number | undefined;
}

/** A film whose first picture does not come within so many of its packets has none. */
const packetLimit = 1_000;
/** A film is interleaved at least this well. */
const interleavedSeconds = 1;
/** A film may end so much before its header says. */
const slackSeconds = 2;
const microseconds = 1_000_000;
const farSeconds = 1_000_000;

/** Decoded, not read from packets: a decoder leaves out what an edit list or the priming of AAC hides. @throws Rejection */
export async function beginningOf(film: Film): Promise<Beginning> {
  const { video, audio } = film;
  using pictures = await Decoder.create(video, { exitOnError: false });
  using sounds = audio && (await Decoder.create(audio, { exitOnError: false }));
  let picture: Frame | undefined;
  let soundSeconds: number | undefined;
  let left = packetLimit;
  for await (const packet of film.packets()) {
    if (packet.streamIndex === audio?.index && sounds !== undefined && soundSeconds === undefined) {
      const sound = await firstOf(sounds, packet);
      if (sound !== undefined) soundSeconds = frameSeconds(sound);
      sound?.free();
    } else if (packet.streamIndex === video.index && picture === undefined) {
      picture = await firstOf(pictures, packet);
      if ((left -= 1) === 0) break;
    }
    if (picture === undefined) continue;
    if (audio === undefined || soundSeconds !== undefined) break;
    const stream = packet.streamIndex === audio.index ? audio : video;
    if (packetSeconds(packet, stream) > frameSeconds(picture) + interleavedSeconds) break;
  }
  picture ??= await firstOf(pictures, null);
  if (picture === undefined) throw new Rejection('no-picture', 'No picture in the file can be decoded');
  return { picture, pictureSeconds: frameSeconds(picture), soundSeconds };
}

export interface Ends {
  readonly pictureSeconds: number;
  readonly soundSeconds: number;
}

/** Read from the last key frame on. @throws Rejection when the header promises more */
export async function endsOf(film: Film, startSeconds: number): Promise<Ends> {
  await film.seek(farSeconds);
  let ends = await readEnds(film);
  if (!ends.has(film.video.index)) {
    await film.seek(startSeconds);
    ends = await readEnds(film);
  }
  const lastSeconds = Math.max(...ends.values());
  const promisedSeconds = Number(film.context.duration) / microseconds;
  const missingSeconds = promisedSeconds - Math.max(startSeconds, 0) - (lastSeconds - startSeconds);
  if (missingSeconds > slackSeconds) {
    throw new Rejection('truncated', `The last ${missingSeconds.toFixed(1)} s of the film are missing`);
  }
  return {
    pictureSeconds: ends.get(film.video.index) ?? startSeconds,
    soundSeconds: (film.audio && ends.get(film.audio.index)) ?? startSeconds,
  };
}

/** By the stream's index. */
async function readEnds(film: Film): Promise<Map<number, number>> {
  const ends = new Map<number, number>();
  const streams = new Map(film.context.streams.map((stream) => [stream.index, stream]));
  for await (const packet of film.packets()) {
    const stream = streams.get(packet.streamIndex);
    if (stream === undefined || (packet.flags & AV_PKT_FLAG_DISCARD) !== 0) continue;
    const seconds = packetSeconds(packet, stream) + durationSeconds(packet, stream);
    if (seconds > (ends.get(stream.index) ?? Number.NEGATIVE_INFINITY)) ends.set(stream.index, seconds);
  }
  return ends;
}

async function firstOf(decoder: Decoder, packet: Packet | null): Promise<Frame | undefined> {
  const [first, ...others] = await decoder.decodeAll(packet);
  for (const other of others) other.free();
  return first;
}

const frameSeconds = ({ pts, timeBase }: Frame): number => (Number(pts) * timeBase.num) / timeBase.den;

/** AVI knows the order of decoding only. */
function packetSeconds({ pts, dts }: Packet, { timeBase }: Stream): number {
  const ticks = pts === AV_NOPTS_VALUE ? dts : pts;
  return ticks === AV_NOPTS_VALUE ? Number.NEGATIVE_INFINITY : (Number(ticks) * timeBase.num) / timeBase.den;
}

function durationSeconds({ duration }: Packet, { timeBase, avgFrameRate }: Stream): number {
  if (duration > 0n) return (Number(duration) * timeBase.num) / timeBase.den;
  return avgFrameRate.num > 0 ? avgFrameRate.den / avgFrameRate.num : 0;
}
