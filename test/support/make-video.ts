// Small films made by node-av itself: a moving test picture, and a tone where wanted.
import { readFile, writeFile } from 'node:fs/promises';
import { Decoder, Demuxer, Encoder, type EncoderOptions, FilterAPI, Muxer } from 'node-av/api';
import {
  AV_LOG_QUIET,
  FF_ENCODER_AAC,
  FF_ENCODER_LIBX264,
  type FFAudioEncoder,
  type FFVideoEncoder,
} from 'node-av/constants';
import { Log, type Packet } from 'node-av/lib';

const defaultHeight = 180;

export interface FilmOptions {
  /** Default 320 x 180; odd sizes are kept. */
  readonly width?: number;
  readonly height?: number;
  /** Default 2. */
  readonly seconds?: number;
  /** As FFmpeg writes it, default '30'. */
  readonly frameRate?: string;
  /** Whether it has a sound track, default yes. */
  readonly tone?: boolean;
  /** Degrees clockwise a player turns the picture, as a phone writes it; MP4 and MOV only. */
  readonly rotation?: 0 | 90;
  /** The index in front, so that a truncated file still opens. */
  readonly faststart?: boolean;
  /** When picture and sound begin, default 0; `soundStartSeconds` where the sound begins at another time. */
  readonly startSeconds?: number;
  readonly soundStartSeconds?: number;
  /** Black and silent until this time, white and loud from then on, instead of the test picture. */
  readonly flashAtSeconds?: number;
  /** Pictures stored in another order than shown. */
  readonly reordered?: boolean;
  /** Written as a live stream is: no duration and no index. */
  readonly live?: boolean;
}

interface Track {
  readonly source: string;
  readonly filter: string;
  readonly codec: FFVideoEncoder | FFAudioEncoder;
  readonly options: EncoderOptions;
  readonly startSeconds: number;
}

/** Writes a film to `path`; its ending says the format: .mp4, .mov, .mkv, .avi. */
export async function makeVideo(path: string, options: FilmOptions = {}): Promise<void> {
  Log.setLevel(AV_LOG_QUIET);
  const muxer = await Muxer.open(path, { options: muxerOptions(options) });
  const tracks: { track: Track; encoder: Encoder; index: number }[] = [];
  for (const track of options.tone === false ? [pictureTrack(options)] : [pictureTrack(options), soundTrack(options)]) {
    const encoder = await Encoder.create(track.codec, track.options);
    tracks.push({ track, encoder, index: muxer.addStream(encoder) });
  }
  const packets: Timed[] = [];
  for (const { track, encoder, index } of tracks) {
    for await (const timed of packetsOf(track, encoder)) packets.push({ ...timed, index });
  }
  for (const { packet, index } of packets.toSorted((a, b) => a.seconds - b.seconds)) {
    await muxer.writePacket(packet, index);
    packet.free();
  }
  for (const { index } of tracks) await muxer.writePacket(null, index);
  await muxer.close();
  if (options.rotation === 90) await turnClockwise(path, options.height ?? defaultHeight);
}

function muxerOptions({ faststart, live }: FilmOptions): Record<string, string | boolean> {
  return { ...(faststart ? { movflags: '+faststart' } : {}), ...(live ? { live: true } : {}) };
}

function pictureTrack(options: FilmOptions): Track {
  const { width = 320, height = defaultHeight, seconds = 2, frameRate = '30', startSeconds = 0 } = options;
  const { flashAtSeconds: flash } = options;
  const even = (side: number): number => side + (side % 2);
  const source = (name: string): string =>
    `${name}size=${even(width)}x${even(height)}:rate=${frameRate}:duration=${seconds}`;
  return {
    source:
      flash === undefined
        ? source('testsrc2=')
        : `${source('color=c=black:')},drawbox=c=white:t=fill:enable='gte(t,${flash - startSeconds})'`,
    filter: `format=yuv444p,crop=${width}:${height}:0:0:exact=1${width % 2 || height % 2 ? '' : ',format=yuv420p'}`,
    codec: FF_ENCODER_LIBX264,
    options: {
      gopSize: 50,
      options: { preset: 'ultrafast', crf: 30 },
      ...(options.reordered ? { maxBFrames: 2 } : {}),
    },
    startSeconds,
  };
}

function soundTrack({
  seconds = 2,
  startSeconds = 0,
  soundStartSeconds = startSeconds,
  flashAtSeconds,
}: FilmOptions): Track {
  const sine = `sine=frequency=440:sample_rate=44100:duration=${seconds}`;
  return {
    source:
      flashAtSeconds === undefined
        ? sine
        : `${sine},asetnsamples=64,volume=0:enable='lt(t,${flashAtSeconds - soundStartSeconds})'`,
    filter: 'aformat=sample_fmts=fltp:channel_layouts=mono',
    codec: FF_ENCODER_AAC,
    options: { bitrate: 64_000 },
    startSeconds: soundStartSeconds,
  };
}

interface Timed {
  readonly packet: Packet;
  /** When it is decoded. */
  readonly seconds: number;
  readonly index: number;
}

async function* packetsOf(track: Track, encoder: Encoder): AsyncGenerator<Omit<Timed, 'index'>> {
  const { source, filter, startSeconds } = track;
  await using demuxer = await Demuxer.open(source, { format: 'lavfi' });
  const stream = demuxer.streams[0];
  if (stream === undefined) throw new Error(`no stream in ${source}`);
  using decoder = await Decoder.create(stream);
  using graph = FilterAPI.create(filter);
  for await (const encoded of encoder.packets(graph.frames(decoder.frames(demuxer.packets(0))))) {
    const packet = encoded?.clone();
    encoded?.free();
    if (!packet) continue;
    const { num, den } = packet.timeBase;
    const shift = BigInt(Math.round((startSeconds * den) / num));
    packet.pts += shift;
    packet.dts += shift;
    yield { packet, seconds: (Number(packet.dts) * num) / den };
  }
}

/** Patches the matrix in the header of the first track [ISO 14496-12, tkhd]. */
async function turnClockwise(path: string, height: number): Promise<void> {
  const file = await readFile(path);
  const matrix = file.indexOf('tkhd') + 44;
  const one = 0x10000;
  for (const [index, value] of [0, one, 0, -one, 0, 0, height * one, 0, 0x40000000].entries()) {
    file.writeInt32BE(value, matrix + index * 4);
  }
  await writeFile(path, file);
}
