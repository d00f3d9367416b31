import {
  AVCOL_PRI_BT2020,
  AVCOL_PRI_BT470BG,
  AVCOL_PRI_BT709,
  AVCOL_PRI_SMPTE170M,
  AVCOL_PRI_SMPTE432,
  AVCOL_PRI_UNSPECIFIED,
  AVCOL_RANGE_JPEG,
  AVCOL_RANGE_MPEG,
  AVCOL_RANGE_UNSPECIFIED,
  AVCOL_SPC_BT2020_NCL,
  AVCOL_SPC_BT709,
  AVCOL_SPC_IPT_C2,
  AVCOL_SPC_RGB,
  AVCOL_SPC_SMPTE170M,
  AVCOL_SPC_UNSPECIFIED,
  AVCOL_TRC_ARIB_STD_B67,
  AVCOL_TRC_BT709,
  AVCOL_TRC_IEC61966_2_1,
  AVCOL_TRC_LINEAR,
  AVCOL_TRC_SMPTE2084,
  AVCOL_TRC_UNSPECIFIED,
} from 'node-av/constants';
import { describe, expect, test } from 'vitest';
import {
  type Colour,
  colourOf,
  type ColourTags,
  isDolbyVisionAlone,
} from '../../../../../shared/adapters/video-engine/colour.ts';

const untagged: ColourTags = {
  primaries: AVCOL_PRI_UNSPECIFIED,
  transfer: AVCOL_TRC_UNSPECIFIED,
  matrix: AVCOL_SPC_UNSPECIFIED,
  range: AVCOL_RANGE_UNSPECIFIED,
  isRgb: false,
  width: 1920,
  height: 1080,
};

describe('what a film does not say of its colour is guessed as players do', () => {
  test.each<[string, Partial<ColourTags>, Partial<Colour>]>([
    ['a large one is BT.709', {}, { matrix: AVCOL_SPC_BT709, primaries: AVCOL_PRI_BT709, range: AVCOL_RANGE_MPEG }],
    ['a small one is BT.601', { width: 640, height: 360 }, { matrix: AVCOL_SPC_SMPTE170M, primaries: AVCOL_PRI_BT709 }],
    ['NTSC', { width: 720, height: 480 }, { matrix: AVCOL_SPC_SMPTE170M, primaries: AVCOL_PRI_SMPTE170M }],
    ['PAL', { width: 720, height: 576 }, { matrix: AVCOL_SPC_SMPTE170M, primaries: AVCOL_PRI_BT470BG }],
    ['RGB has no matrix', { isRgb: true, matrix: AVCOL_SPC_BT709 }, { matrix: AVCOL_SPC_RGB, range: AVCOL_RANGE_JPEG }],
    [
      'PQ alone is BT.2020',
      { transfer: AVCOL_TRC_SMPTE2084 },
      { matrix: AVCOL_SPC_BT2020_NCL, primaries: AVCOL_PRI_BT2020 },
    ],
    [
      'BT.2020 without a transfer is SDR',
      { primaries: AVCOL_PRI_BT2020 },
      { matrix: AVCOL_SPC_BT2020_NCL, transfer: AVCOL_TRC_BT709 },
    ],
  ])('%s', (_what, tags, expected) => {
    expect(colourOf({ ...untagged, ...tags })).toMatchObject(expected);
  });
});

test.each<[string, Partial<ColourTags>]>([
  ['HLG', { transfer: AVCOL_TRC_ARIB_STD_B67, matrix: AVCOL_SPC_BT2020_NCL, primaries: AVCOL_PRI_BT2020 }],
  ['Display P3', { transfer: AVCOL_TRC_BT709, matrix: AVCOL_SPC_BT709, primaries: AVCOL_PRI_SMPTE432 }],
  [
    'full range',
    { transfer: AVCOL_TRC_BT709, matrix: AVCOL_SPC_SMPTE170M, primaries: AVCOL_PRI_BT709, range: AVCOL_RANGE_JPEG },
  ],
])('what a film says is kept: %s', (_what, said) => {
  expect(colourOf({ ...untagged, ...said })).toMatchObject(said);
});

test('every ordinary transfer is taken for that of BT.709, as players do', () => {
  expect(colourOf({ ...untagged, transfer: AVCOL_TRC_IEC61966_2_1 })).toMatchObject({ transfer: AVCOL_TRC_BT709 });
});

test.each<[string, Partial<ColourTags>]>([
  ['transfer function', { transfer: AVCOL_TRC_LINEAR }],
  ['matrix', { matrix: AVCOL_SPC_IPT_C2 }],
  ['primaries', { primaries: 10 }],
])('what cannot be converted is named: %s', (name, tags) => {
  expect(colourOf({ ...untagged, ...tags })).toMatch(new RegExp(`^The ${name} \\d+`));
});

test.each([
  [5, 0, true],
  [8, 1, false],
  [8, 4, false],
  [7, 6, false],
])('Dolby Vision of profile %i and compatibility %i stands alone: %s', (profile, compatibility, alone) => {
  expect(isDolbyVisionAlone(Buffer.from([1, 0, profile, 6, 1, 0, 1, compatibility]))).toBe(alone);
});
