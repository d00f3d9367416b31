// Packets of one encoder → fragmented MP4 → segments, each handed over as soon as it is whole.
import { type Encoder, Muxer } from 'node-av/api';
import type { Packet, Stream } from 'node-av/lib';
import type { OnSegment } from '../../videos/video-engine.ts';
import { fragmentCutter } from './fragments.ts';

export interface SegmentWriter {
  write(packets: readonly Packet[]): Promise<void>;
  /** Hands over what is left. Answers the seconds of all segments. */
  end(): Promise<number>;
}

interface SegmentWriterOptions {
  readonly rendition: string;
  /** What begins a new fragment. */
  readonly movflags: string;
  readonly fragmentSeconds?: number;
  readonly firstIndex: number;
  /** Added to every time, default 0. */
  readonly aheadSeconds?: number;
  readonly onSegment: OnSegment;
}

interface Waiting {
  readonly bytes: Buffer;
  readonly startTicks: bigint;
}

export async function segmentWriter(encoder: Encoder, options: SegmentWriterOptions): Promise<SegmentWriter> {
  const { rendition, onSegment, fragmentSeconds, firstIndex, aheadSeconds = 0 } = options;
  const cutter = fragmentCutter();
  const muxer = await Muxer.open(
    { write: (buffer: Buffer) => (cutter.write(buffer), buffer.length) },
    {
      format: 'mp4',
      options: {
        // Times are absolute and nobody shifts them, so that chunks made apart join.
        use_editlist: false,
        avoid_negative_ts: 'disabled',
        movflags: `+empty_moov+default_base_moof+frag_discont+skip_trailer${options.movflags}`,
        ...(fragmentSeconds === undefined ? {} : { frag_duration: fragmentSeconds * 1_000_000 }),
      },
    },
  );
  const track = muxer.addStream(encoder);
  let index = firstIndex;
  let waiting: Waiting | undefined;
  let tickSeconds = 0;
  let endSeconds = 0;
  let firstSeconds: number | undefined;

  const stream = (): Stream => {
    const found = muxer.getStream(track);
    if (found === undefined) throw new Error('the muxer has lost its track');
    return found;
  };
  /** A segment's length is known when the next one begins. */
  const handOver = async (untilSeconds: number): Promise<void> => {
    if (waiting === undefined) return;
    const seconds = untilSeconds - Number(waiting.startTicks) * tickSeconds;
    await onSegment({ rendition, index, seconds, bytes: waiting.bytes });
    index += 1;
    waiting = undefined;
  };
  const drain = async (): Promise<void> => {
    for (const fragment of cutter.take()) {
      if (fragment.kind === 'header') {
        const { codecpar, timeBase } = stream();
        tickSeconds = timeBase.num / timeBase.den;
        const codecs = codecpar.getCodecString() ?? '';
        await onSegment({ rendition, index: -1, seconds: 0, codecs, bytes: fragment.bytes });
        continue;
      }
      const startSeconds = Number(fragment.startTicks) * tickSeconds;
      firstSeconds ??= startSeconds;
      await handOver(startSeconds);
      waiting = fragment;
    }
  };
  return {
    write: async (packets) => {
      for (const packet of packets) {
        const { timeBase: base, duration } = packet;
        const ahead = BigInt(Math.round((aheadSeconds * base.den) / base.num));
        packet.pts += ahead;
        packet.dts += ahead;
        endSeconds = (Number(packet.dts + duration) * base.num) / base.den;
        await muxer.writePacket(packet, track);
        packet.free();
      }
      await drain();
    },
    end: async () => {
      await muxer.writePacket(null, track);
      await muxer.close();
      await drain();
      await handOver(endSeconds);
      return endSeconds - (firstSeconds ?? endSeconds);
    },
  };
}
