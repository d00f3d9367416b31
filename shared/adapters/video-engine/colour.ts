// What the samples of a picture mean, and the filters that make what every screen shows of them: 8 bits of BT.709.
// Numbers are those of ITU-T H.273, as FFmpeg has them.
import {
  AVCOL_PRI_BT2020,
  AVCOL_PRI_BT470BG,
  AVCOL_PRI_BT470M,
  AVCOL_PRI_BT709,
  AVCOL_PRI_EBU3213,
  AVCOL_PRI_FILM,
  AVCOL_PRI_RESERVED,
  AVCOL_PRI_RESERVED0,
  AVCOL_PRI_SMPTE170M,
  AVCOL_PRI_SMPTE240M,
  AVCOL_PRI_SMPTE431,
  AVCOL_PRI_SMPTE432,
  AVCOL_PRI_UNSPECIFIED,
  AVCOL_RANGE_JPEG,
  AVCOL_RANGE_MPEG,
  AVCOL_RANGE_UNSPECIFIED,
  AVCOL_SPC_BT2020_CL,
  AVCOL_SPC_BT2020_NCL,
  AVCOL_SPC_BT470BG,
  AVCOL_SPC_BT709,
  AVCOL_SPC_FCC,
  AVCOL_SPC_ICTCP,
  AVCOL_SPC_RESERVED,
  AVCOL_SPC_RGB,
  AVCOL_SPC_SMPTE170M,
  AVCOL_SPC_SMPTE240M,
  AVCOL_SPC_UNSPECIFIED,
  AVCOL_TRC_ARIB_STD_B67,
  AVCOL_TRC_BT2020_10,
  AVCOL_TRC_BT2020_12,
  AVCOL_TRC_BT709,
  AVCOL_TRC_GAMMA22,
  AVCOL_TRC_GAMMA28,
  AVCOL_TRC_IEC61966_2_1,
  AVCOL_TRC_IEC61966_2_4,
  AVCOL_TRC_RESERVED,
  AVCOL_TRC_RESERVED0,
  AVCOL_TRC_SMPTE170M,
  AVCOL_TRC_SMPTE2084,
  AVCOL_TRC_SMPTE240M,
  AVCOL_TRC_UNSPECIFIED,
} from 'node-av/constants';

/** As a frame carries it, much of it unspecified. */
export interface ColourTags {
  readonly primaries: number;
  readonly transfer: number;
  readonly matrix: number;
  readonly range: number;
  readonly isRgb: boolean;
  readonly width: number;
  readonly height: number;
}

/** Nothing unspecified is left. */
export interface Colour {
  readonly primaries: number;
  readonly transfer: number;
  readonly matrix: number;
  readonly range: number;
}

/** All of them are shown the same on a screen of today. */
const ordinaryTransfers: readonly number[] = [
  AVCOL_TRC_BT709,
  AVCOL_TRC_SMPTE170M,
  AVCOL_TRC_BT2020_10,
  AVCOL_TRC_BT2020_12,
  AVCOL_TRC_IEC61966_2_1,
  AVCOL_TRC_IEC61966_2_4,
  AVCOL_TRC_GAMMA22,
  AVCOL_TRC_GAMMA28,
  AVCOL_TRC_SMPTE240M,
];
const hdrTransfers: readonly number[] = [AVCOL_TRC_SMPTE2084, AVCOL_TRC_ARIB_STD_B67];
const wideMatrices: readonly number[] = [AVCOL_SPC_BT2020_NCL, AVCOL_SPC_BT2020_CL, AVCOL_SPC_ICTCP];
const matrices: readonly number[] = [
  AVCOL_SPC_RGB,
  AVCOL_SPC_BT709,
  AVCOL_SPC_FCC,
  AVCOL_SPC_BT470BG,
  AVCOL_SPC_SMPTE170M,
  AVCOL_SPC_SMPTE240M,
  ...wideMatrices,
];

const knownPrimaries: readonly number[] = [
  AVCOL_PRI_BT709,
  AVCOL_PRI_BT470M,
  AVCOL_PRI_BT470BG,
  AVCOL_PRI_SMPTE170M,
  AVCOL_PRI_SMPTE240M,
  AVCOL_PRI_FILM,
  AVCOL_PRI_BT2020,
  AVCOL_PRI_SMPTE431,
  AVCOL_PRI_SMPTE432,
  AVCOL_PRI_EBU3213,
];

const unspecified: Readonly<Record<keyof Colour, readonly number[]>> = {
  primaries: [AVCOL_PRI_UNSPECIFIED, AVCOL_PRI_RESERVED0, AVCOL_PRI_RESERVED],
  transfer: [AVCOL_TRC_UNSPECIFIED, AVCOL_TRC_RESERVED0, AVCOL_TRC_RESERVED],
  matrix: [AVCOL_SPC_UNSPECIFIED, AVCOL_SPC_RESERVED],
  range: [AVCOL_RANGE_UNSPECIFIED],
};

/** What is not said is guessed as players do, by size. A text says what cannot be shown. */
export function colourOf(tags: ColourTags): Colour | string {
  const said = (name: keyof Colour): number | undefined =>
    unspecified[name].includes(tags[name]) ? undefined : tags[name];
  const transfer = said('transfer') ?? AVCOL_TRC_BT709;
  const isHdr = hdrTransfers.includes(transfer);
  if (!isHdr && !ordinaryTransfers.includes(transfer))
    return `The transfer function ${transfer} (ITU-T H.273) is not supported`;
  const saidPrimaries = said('primaries');
  if (saidPrimaries !== undefined && !knownPrimaries.includes(saidPrimaries)) {
    return `The primaries ${saidPrimaries} (ITU-T H.273) are not supported`;
  }
  // RGB samples have no matrix, whatever the film says.
  const saidMatrix = tags.isRgb ? AVCOL_SPC_RGB : said('matrix');
  if (saidMatrix !== undefined && !matrices.includes(saidMatrix))
    return `The matrix ${saidMatrix} (ITU-T H.273) is not supported`;
  const isWide = isHdr || saidPrimaries === AVCOL_PRI_BT2020 || wideMatrices.includes(saidMatrix ?? -1);
  const matrix =
    saidMatrix ?? (isWide ? AVCOL_SPC_BT2020_NCL : isStandardDefinition(tags) ? AVCOL_SPC_SMPTE170M : AVCOL_SPC_BT709);
  return {
    transfer: isHdr ? transfer : AVCOL_TRC_BT709,
    matrix,
    primaries: saidPrimaries ?? (isWide ? AVCOL_PRI_BT2020 : primariesOf(matrix, tags.height)),
    range: said('range') ?? (tags.isRgb ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG),
  };
}

const isStandardDefinition = ({ width, height }: ColourTags): boolean => width < 1280 && height <= 576;

/** Only the two sizes of television had primaries of their own. */
function primariesOf(matrix: number, height: number): number {
  if (matrix !== AVCOL_SPC_SMPTE170M && matrix !== AVCOL_SPC_BT470BG) return AVCOL_PRI_BT709;
  if (height === 576) return AVCOL_PRI_BT470BG;
  return height === 480 || height === 486 ? AVCOL_PRI_SMPTE170M : AVCOL_PRI_BT709;
}

/** Profile and compatibility [FFmpeg, AVDOVIDecoderConfigurationRecord]: the samples of profile 5 have colours of their own. */
export const isDolbyVisionAlone = (configuration: Uint8Array | null): boolean =>
  configuration !== null && configuration[2] === 5 && configuration[7] === 0;

/** White of an SDR picture within HDR [ITU-R BT.2408], and the brightest light that is told apart. */
const whiteNits = 203;
const peakNits = 1000;

/** Filters to this size and to BT.709: for a film, limited range; for a JPEG [JFIF], full range and the matrix of BT.601. */
export function screenFilter(from: Colour, size: { width: number; height: number }, to: 'film' | 'jpeg'): string {
  const { primaries, transfer, matrix, range } = from;
  const isHdr = hdrTransfers.includes(transfer);
  return [
    `setparams=color_primaries=${primaries}:color_trc=${transfer}:colorspace=${matrix}:range=${range}`,
    // Scaled first: what follows computes in floating point.
    `scale=${size.width}:${size.height}:flags=bicubic`,
    'setsar=1',
    ...(isHdr ? toneMapping : []),
    to === 'film'
      ? 'zscale=primaries=bt709:transfer=bt709:matrix=bt709:range=limited:dither=ordered,format=yuv420p'
      : 'zscale=primaries=bt709:transfer=bt709:matrix=170m:range=full:dither=ordered,format=yuvj420p',
  ].join(',');
}

/** Light up to a third of white stays as it is, and what is brighter than white is pressed below it. */
const toneMapping = [
  `zscale=transfer=linear:npl=${whiteNits}`,
  'format=gbrpf32le',
  'zscale=primaries=bt709',
  `tonemap=mobius:param=0.3:peak=${(peakNits / whiteNits).toFixed(3)}:desat=0`,
];
