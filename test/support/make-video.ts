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
import { Log } from 'node-av/lib';

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
}

interface Track {
  readonly source: string;
  readonly filter: string;
  readonly codec: FFVideoEncoder | FFAudioEncoder;
  readonly options: EncoderOptions;
}

/** Writes a film to `path`; its ending says the format: .mp4, .mov, .mkv. */
export async function makeVideo(path: string, options: FilmOptions = {}): Promise<void> {
  Log.setLevel(AV_LOG_QUIET);
  const { width = 320, height = 180, seconds = 2, frameRate = '30', tone = true } = options;
  const even = (side: number): number => side + (side % 2);
  const video: Track = {
    source: `testsrc2=size=${even(width)}x${even(height)}:rate=${frameRate}:duration=${seconds}`,
    filter: `format=yuv444p,crop=${width}:${height}:0:0:exact=1${width % 2 || height % 2 ? '' : ',format=yuv420p'}`,
    codec: FF_ENCODER_LIBX264,
    options: { gopSize: 50, options: { preset: 'ultrafast', crf: 30 } },
  };
  const audio: Track = {
    source: `sine=frequency=440:sample_rate=44100:duration=${seconds}`,
    filter: 'aformat=sample_fmts=fltp:channel_layouts=mono',
    codec: FF_ENCODER_AAC,
    options: { bitrate: 64_000 },
  };
  const muxer = await Muxer.open(path, options.faststart ? { options: { movflags: '+faststart' } } : {});
  const tracks: { track: Track; encoder: Encoder; index: number }[] = [];
  for (const track of tone ? [video, audio] : [video]) {
    const encoder = await Encoder.create(track.codec, track.options);
    tracks.push({ track, encoder, index: muxer.addStream(encoder) });
  }
  for (const { track, encoder, index } of tracks) await writeTrack(muxer, track, encoder, index);
  await muxer.close();
  if (options.rotation === 90) await turnClockwise(path, height);
}

async function writeTrack(muxer: Muxer, { source, filter }: Track, encoder: Encoder, index: number): Promise<void> {
  await using demuxer = await Demuxer.open(source, { format: 'lavfi' });
  const stream = demuxer.streams[0];
  if (stream === undefined) throw new Error(`no stream in ${source}`);
  using decoder = await Decoder.create(stream);
  using graph = FilterAPI.create(filter);
  for await (const packet of encoder.packets(graph.frames(decoder.frames(demuxer.packets(0))))) {
    await muxer.writePacket(packet, index);
    packet?.free();
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
