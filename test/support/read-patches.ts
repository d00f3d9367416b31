// The colours that a player would show of a decoded picture in eight patches, and what its file says of its colour.
import { writeFile } from 'node:fs/promises';
import { Decoder, Demuxer } from 'node-av/api';
import { AV_FRAME_DATA_MASTERING_DISPLAY_METADATA, AV_LOG_QUIET } from 'node-av/constants';
import { type Frame, Log } from 'node-av/lib';
import type { ColourTags, Rgb } from './make-colour-film.ts';

export interface Patches {
  readonly tags: ColourTags;
  readonly colours: readonly Rgb[];
  /** Whether a screen is told of the light of an HDR mastering display. */
  readonly hdrMetadata: boolean;
}

const columns = 4;
const rows = 2;
/** Of red and blue in luma: a film is read as BT.709 in limited range, a JPEG as BT.601 in full range. */
const readings = { film: { ofRed: 0.2126, ofBlue: 0.0722 }, jpeg: { ofRed: 0.299, ofBlue: 0.114 } };

/** The first picture of the file, of 8 bits and 4:2:0. */
export async function readPatches(path: string, bytes: Uint8Array, as: 'film' | 'jpeg'): Promise<Patches> {
  Log.setLevel(AV_LOG_QUIET);
  await writeFile(path, bytes);
  await using demuxer = await Demuxer.open(path);
  const [stream] = demuxer.streams;
  if (stream === undefined) throw new Error('the file has no picture');
  const { colorPrimaries: primaries, colorTrc: transfer, colorSpace: matrix, colorRange: range } = stream.codecpar;
  using decoder = await Decoder.create(stream);
  for await (const frame of decoder.frames(demuxer.packets(0))) {
    if (frame === null) break;
    const colours = Array.from({ length: columns * rows }, (_, index) => shown(frame, index, as));
    const hdrMetadata = frame.getSideData(AV_FRAME_DATA_MASTERING_DISPLAY_METADATA) !== null;
    frame.free();
    return { tags: { primaries, transfer, matrix, range }, colours, hdrMetadata };
  }
  throw new Error('the file has no picture');
}

/** In the middle of a patch. */
function shown({ width, height, data, linesize }: Frame, index: number, as: 'film' | 'jpeg'): Rgb {
  const x = Math.floor(((index % columns) + 0.5) * (width / columns));
  const y = Math.floor((Math.floor(index / columns) + 0.5) * (height / rows));
  const sample = (plane: number, subsampling: number): number =>
    data?.[plane]?.[Math.floor(y / subsampling) * (linesize[plane] ?? 0) + Math.floor(x / subsampling)] ?? 0;
  const { ofRed, ofBlue } = readings[as];
  const [black, lumaScale, chromaScale] = as === 'film' ? [16, 219, 224] : [0, 255, 255];
  const luma = (sample(0, 1) - black) / lumaScale;
  const [cb, cr] = [(sample(1, 2) - 128) / chromaScale, (sample(2, 2) - 128) / chromaScale];
  const red = luma + (2 - 2 * ofRed) * cr;
  const blue = luma + (2 - 2 * ofBlue) * cb;
  const green = (luma - ofRed * red - ofBlue * blue) / (1 - ofRed - ofBlue);
  const byte = (value: number): number => Math.min(Math.max(Math.round(value * 255), 0), 255);
  return [byte(red), byte(green), byte(blue)];
}
