// A film opened in the child: bytes asked from the parent, only formats that cannot point at other files.
import { Demuxer } from 'node-av/api';
import {
  AVERROR_EOF,
  AVMEDIA_TYPE_AUDIO,
  AVMEDIA_TYPE_VIDEO,
  AVSEEK_FLAG_BACKWARD,
  AVSEEK_SIZE,
} from 'node-av/constants';
import { type FormatContext, Packet, type Stream } from 'node-av/lib';
import type { RejectReason } from '../../videos/video-engine.ts';

export interface Bytes {
  readonly sizeBytes: number;
  read(offset: number, sizeBytes: number): Promise<Uint8Array>;
}

/** The film is at fault, not we: an answer, no failure. */
export class Rejection extends Error {
  readonly reason: RejectReason;

  constructor(reason: RejectReason, detail: string) {
    super(detail);
    this.reason = reason;
  }
}

export interface Film extends AsyncDisposable {
  readonly context: FormatContext;
  readonly video: Stream;
  readonly audio: Stream | undefined;
  /** Packets of one stream, or of all, in the order of the file, until its end. */
  packets(stream?: Stream): AsyncGenerator<Packet>;
  /** To the key frame at or before this time. */
  seek(seconds: number): Promise<void>;
}

/** Formats that hold their own samples. Playlists and concat scripts, which name other files, are not among them. */
const formats = ['mov', 'matroska', 'avi'];
const probeBytes = 1024 * 1024;
const maxStreams = 32;
const maxSide = 8192;

/** @throws Rejection */
export async function openFilm(bytes: Bytes, bufferBytes: number): Promise<Film> {
  const format = await formatOf(bytes);
  const demuxer = await Demuxer.open(callbacks(bytes), {
    format,
    bufferSize: bufferBytes,
    // The header already tells how large the pictures are: probing monstrous ones costs hundreds of megabytes.
    skipStreamInfo: true,
    options: { format_whitelist: formats.join(','), protocol_whitelist: 'none' },
  }).catch((cause: unknown) => {
    throw new Rejection('not-a-video', `The file cannot be opened as ${format}: ${message(cause)}`);
  });
  try {
    return await inspect(demuxer);
  } catch (error) {
    await demuxer.close();
    throw error;
  }
}

async function inspect(demuxer: Demuxer): Promise<Film> {
  const context = demuxer.getFormatContext();
  checkStreams(demuxer.streams);
  if ((await context.findStreamInfo(null)) < 0)
    throw new Rejection('not-a-video', 'The streams of the file cannot be read');
  checkStreams(demuxer.streams);
  const video = demuxer.findBestStream(AVMEDIA_TYPE_VIDEO);
  if (video === undefined || video.codecpar.width <= 0 || video.codecpar.height <= 0) {
    throw new Rejection('no-picture', 'The file has no picture track');
  }
  return {
    context,
    video,
    audio: demuxer.findBestStream(AVMEDIA_TYPE_AUDIO),
    packets: (stream) => packetsOf(context, stream),
    seek: async (seconds) => {
      const ticks = BigInt(Math.floor((seconds * video.timeBase.den) / video.timeBase.num));
      await context.seekFrame(video.index, ticks, AVSEEK_FLAG_BACKWARD);
    },
    [Symbol.asyncDispose]: () => demuxer.close(),
  };
}

function checkStreams(streams: readonly Stream[]): void {
  if (streams.length > maxStreams) {
    throw new Rejection('too-many-streams', `The file has ${streams.length} streams; ${maxStreams} are the most`);
  }
  for (const { codecpar } of streams) {
    if (Math.max(codecpar.width, codecpar.height) > maxSide) {
      const size = `${codecpar.width} x ${codecpar.height}`;
      throw new Rejection('too-large-picture', `A picture of ${size} is too large; ${maxSide} is the longest side`);
    }
  }
}

async function formatOf(bytes: Bytes): Promise<string> {
  const head = Buffer.from(await bytes.read(0, Math.min(probeBytes, bytes.sizeBytes)));
  const found = head.length === 0 ? null : await Demuxer.probeFormat(head);
  const names = found?.format.split(',') ?? [];
  const format = formats.find((name) => names.includes(name));
  if (format !== undefined) return format;
  const taken = 'MP4, MOV, Matroska, WebM and AVI are taken';
  throw new Rejection(
    'not-a-video',
    found === null ? `The file is no video; ${taken}` : `The file is ${found.format}; ${taken}`,
  );
}

function callbacks(bytes: Bytes) {
  let position = 0;
  return {
    read: async (sizeBytes: number): Promise<Buffer | number> => {
      const wanted = Math.min(sizeBytes, bytes.sizeBytes - position);
      if (wanted <= 0) return AVERROR_EOF;
      const read = Buffer.from(await bytes.read(position, wanted));
      position += read.length;
      return read;
    },
    seek: (offset: bigint, whence: number): number => {
      if (whence === AVSEEK_SIZE) return bytes.sizeBytes;
      const from = [0, position, bytes.sizeBytes][whence & 3] ?? 0;
      position = Math.min(Math.max(0, from + Number(offset)), bytes.sizeBytes);
      return position;
    },
  };
}

/** Own loop: the library's generator takes an error of reading for the end of the file. */
async function* packetsOf(context: FormatContext, stream?: Stream): AsyncGenerator<Packet> {
  for (;;) {
    const packet = new Packet();
    packet.alloc();
    const code = await context.readFrame(packet);
    if (code < 0) {
      packet.free();
      if (code === AVERROR_EOF) return;
      throw new Rejection('truncated', `The file ends or breaks in the middle (${code})`);
    }
    try {
      if (stream === undefined || packet.streamIndex === stream.index) yield packet;
    } finally {
      packet.free();
    }
  }
}

export const message = (error: unknown): string => (error instanceof Error ? error.message : String(error));
