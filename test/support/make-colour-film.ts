// A film of eight patches of known colours. Its samples are computed here, not by the filters that are under test.
import { Encoder, Muxer } from 'node-av/api';
import {
  AV_LOG_QUIET,
  AV_PIX_FMT_GBRP,
  AV_PIX_FMT_YUV420P,
  AV_PIX_FMT_YUV420P10LE,
  type AVColorPrimaries,
  type AVColorRange,
  type AVColorSpace,
  type AVColorTransferCharacteristic,
  FF_ENCODER_LIBX264,
  FF_ENCODER_LIBX264RGB,
} from 'node-av/constants';
import { Frame, Log, Rational } from 'node-av/lib';

export type Rgb = readonly [red: number, green: number, blue: number];

export interface ColourTags {
  readonly primaries: AVColorPrimaries;
  readonly transfer: AVColorTransferCharacteristic;
  readonly matrix: AVColorSpace;
  readonly range: AVColorRange;
}

export interface ColourFilm {
  /** Of 8 bits each, in two rows of four. */
  readonly patches: readonly Rgb[];
  readonly matrix: 'rgb' | 'bt601' | 'bt709' | 'bt2020';
  readonly fullRange?: boolean;
  readonly bits?: 8 | 10;
  /** What the film says of itself, default nothing. */
  readonly tags?: Partial<ColourTags>;
  /** Whether it carries the light of its mastering display and of its content. */
  readonly hdrMetadata?: boolean;
  /** Default 320 x 180. */
  readonly width?: number;
  readonly height?: number;
}

const columns = 4;
const rows = 2;
const frameCount = 10;
/** Weights of red and blue in luma. */
const weights = { bt601: [0.299, 0.114], bt709: [0.2126, 0.0722], bt2020: [0.2627, 0.0593] } as const;

const hdrMetadata =
  'mastering-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1):cll=1000,400';

export async function makeColourFilm(path: string, film: ColourFilm): Promise<void> {
  Log.setLevel(AV_LOG_QUIET);
  const { tags = {}, width = 320, height = 180 } = film;
  const encoder = await Encoder.create(film.matrix === 'rgb' ? FF_ENCODER_LIBX264RGB : FF_ENCODER_LIBX264, {
    // x264 takes RGB in another order of bytes.
    autoFormat: film.matrix === 'rgb',
    options: { preset: 'ultrafast', crf: 5, ...(film.hdrMetadata ? { 'x264-params': hdrMetadata } : {}) },
    context: { framerate: new Rational(30, 1) },
  });
  await using muxer = await Muxer.open(path);
  const index = muxer.addStream(encoder);
  const samples = picture(film, width, height);
  for (let pts = 0; pts <= frameCount; pts += 1) {
    using frame = Frame.fromVideoBuffer(samples, {
      width,
      height,
      format: formatOf(film),
      pts: BigInt(pts),
      timeBase: new Rational(1, 30),
    });
    if (tags.primaries !== undefined) frame.colorPrimaries = tags.primaries;
    if (tags.transfer !== undefined) frame.colorTrc = tags.transfer;
    if (tags.matrix !== undefined) frame.colorSpace = tags.matrix;
    if (tags.range !== undefined) frame.colorRange = tags.range;
    for (const packet of await encoder.encodeAll(pts === frameCount ? null : frame)) {
      await muxer.writePacket(packet, index);
      packet.free();
    }
  }
  await muxer.writePacket(null, index);
}

function formatOf({ matrix, bits = 8 }: ColourFilm) {
  if (matrix === 'rgb') return AV_PIX_FMT_GBRP;
  return bits === 10 ? AV_PIX_FMT_YUV420P10LE : AV_PIX_FMT_YUV420P;
}

function picture(film: ColourFilm, width: number, height: number): Buffer {
  const { bits = 8 } = film;
  const plane = (channel: number, subsampling: number): Buffer => {
    const [across, down] = [width / subsampling, height / subsampling];
    const samples = Buffer.alloc(across * down * (bits === 10 ? 2 : 1));
    for (let at = 0; at < across * down; at += 1) {
      const column = Math.floor(((at % across) * columns) / across);
      const row = Math.floor((Math.floor(at / across) * rows) / down);
      const sample = samplesOf(film.patches[row * columns + column] ?? [0, 0, 0], film)[channel] ?? 0;
      if (bits === 10) samples.writeUInt16LE(sample, at * 2);
      else samples[at] = sample;
    }
    return samples;
  };
  const chroma = film.matrix === 'rgb' ? 1 : 2;
  return Buffer.concat([plane(0, 1), plane(1, chroma), plane(2, chroma)]);
}

/** In the order of the planes [ITU-T H.273, 8.3]. */
function samplesOf([red, green, blue]: Rgb, { matrix, fullRange = false, bits = 8 }: ColourFilm): readonly number[] {
  if (matrix === 'rgb') return [green, blue, red];
  const [ofRed, ofBlue] = weights[matrix];
  const luma = (ofRed * red + (1 - ofRed - ofBlue) * green + ofBlue * blue) / 255;
  const [cb, cr] = [(blue / 255 - luma) / (2 - 2 * ofBlue), (red / 255 - luma) / (2 - 2 * ofRed)];
  const unit = 2 ** (bits - 8);
  const [lumaScale, chromaScale, black] = fullRange ? [255, 255, 0] : [219, 224, 16];
  const values = [black + lumaScale * luma, 128 + chromaScale * cb, 128 + chromaScale * cr];
  return values.map((value) => Math.min(Math.round(value * unit), 2 ** bits - 1));
}
