// The colour of a decoded frame: the decoder knows both what the container and what the samples' own stream say.
import { AV_PKT_DATA_DOVI_CONF, type AVPixelFormat } from 'node-av/constants';
import { avGetPixFmtName, type Frame, type Stream } from 'node-av/lib';
import { type Colour, colourOf, isDolbyVisionAlone } from './colour.ts';
import { Rejection } from './film.ts';

/** @throws Rejection unsupported-colour */
export function frameColour(frame: Frame, stream: Stream): Colour {
  if (isDolbyVisionAlone(stream.codecpar.getCodedSideData(AV_PKT_DATA_DOVI_CONF)))
    throw new Rejection(
      'unsupported-colour',
      'Dolby Vision without a base layer that others can show is not supported',
    );
  const found = colourOf({
    primaries: frame.colorPrimaries,
    transfer: frame.colorTrc,
    matrix: frame.colorSpace,
    range: frame.colorRange,
    isRgb: /rgb|bgr|gbr|pal8/.test(avGetPixFmtName(frame.format as AVPixelFormat) ?? ''),
    width: frame.width,
    height: frame.height,
  });
  if (typeof found === 'string') throw new Rejection('unsupported-colour', found);
  return found;
}
