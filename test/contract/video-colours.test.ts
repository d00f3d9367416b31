// Films of known colours through the real engine: whatever they are stored as, what is made of them is BT.709, says so, and
// shows the colours that were meant.
import { readFileSync } from 'node:fs';
import {
  AVCOL_PRI_BT2020,
  AVCOL_PRI_BT709,
  AVCOL_PRI_SMPTE170M,
  AVCOL_RANGE_JPEG,
  AVCOL_RANGE_MPEG,
  AVCOL_SPC_BT2020_NCL,
  AVCOL_SPC_BT709,
  AVCOL_SPC_SMPTE170M,
  AVCOL_SPC_SMPTE2085,
  AVCOL_TRC_ARIB_STD_B67,
  AVCOL_TRC_BT709,
  AVCOL_TRC_LINEAR,
  AVCOL_TRC_SMPTE170M,
  AVCOL_TRC_SMPTE2084,
} from 'node-av/constants';
import { afterAll, describe, expect, test } from 'vitest';
import type { VideoSource } from '../../shared/videos/video-engine.ts';
import { type ColourFilm, type ColourTags, makeColourFilm, type Rgb } from '../support/make-colour-film.ts';
import { readPatches } from '../support/read-patches.ts';
import { encodeFile, engine, newFile, planOf, removeFolder, sourceOf } from '../support/video-engine-on-files.ts';

afterAll(removeFolder);

const patches: readonly Rgb[] = [
  [200, 40, 40],
  [40, 180, 40],
  [50, 50, 200],
  [235, 235, 235],
  [120, 120, 120],
  [16, 16, 16],
  [220, 170, 140],
  [30, 160, 170],
];
const tolerance = 6;

async function colourFilm(options: Omit<ColourFilm, 'patches'> & { patches?: readonly Rgb[] }): Promise<VideoSource> {
  const path = newFile('mkv');
  await makeColourFilm(path, { patches, ...options });
  return sourceOf(readFileSync(path));
}

const shown = async (source: VideoSource) =>
  readPatches(newFile('mp4'), await encodeFile(source, await planOf(source)), 'film');

function expectColours(found: readonly Rgb[], wanted: readonly Rgb[], within = tolerance): void {
  const off = found.map((rgb, index) =>
    Math.max(...rgb.map((value, channel) => Math.abs(value - (wanted[index]?.[channel] ?? -99)))),
  );
  expect(Math.max(...off)).toBeLessThanOrEqual(within);
}

const bt709: ColourTags = {
  primaries: AVCOL_PRI_BT709,
  transfer: AVCOL_TRC_BT709,
  matrix: AVCOL_SPC_BT709,
  range: AVCOL_RANGE_MPEG,
};
const bt601: ColourTags = { ...bt709, transfer: AVCOL_TRC_SMPTE170M, matrix: AVCOL_SPC_SMPTE170M };
const range = AVCOL_RANGE_JPEG;

describe.each<[string, Omit<ColourFilm, 'patches'>]>([
  ['BT.709', { matrix: 'bt709', tags: bt709 }],
  ['BT.601', { matrix: 'bt601', tags: bt601 }],
  ['BT.601 in full range, as a phone makes it', { matrix: 'bt601', fullRange: true, tags: { ...bt601, range } }],
  ['BT.709 in full range', { matrix: 'bt709', fullRange: true, tags: { ...bt709, range } }],
  ['BT.709 in 10 bits', { matrix: 'bt709', bits: 10, tags: bt709 }],
  ['untagged and small, as BT.601', { matrix: 'bt601' }],
  ['untagged and large, as BT.709', { matrix: 'bt709', width: 1280, height: 720 }],
  ['RGB', { matrix: 'rgb' }],
])('a film in %s', (_what, options) => {
  test('is shown in its colours, as BT.709, and so are its pictures', async () => {
    const source = await colourFilm(options);
    const { colours, tags } = await shown(source);
    expect(tags).toEqual(bt709);
    expectColours(colours, patches);
    expectColours(await pictureOf(source), patches);
  });
});

async function pictureOf(source: VideoSource): Promise<readonly Rgb[]> {
  const { startSeconds, renditions } = await planOf(source);
  const { width = 0, height = 0 } = renditions[0] ?? {};
  const answer = await engine.takePictures(source, { startSeconds, rotation: 0, width, height, atSeconds: [0.1] });
  if (answer.outcome !== 'done') throw new Error(answer.detail);
  return (await readPatches(newFile('jpg'), answer.value[0] ?? new Uint8Array(), 'jpeg')).colours;
}

test('the primaries of old television are brought to those of BT.709', async () => {
  const source = await colourFilm({ matrix: 'bt601', tags: { ...bt601, primaries: AVCOL_PRI_SMPTE170M } });
  const { colours, tags } = await shown(source);
  expect(tags).toEqual(bt709);
  // Greys stay, and the red of SMPTE 170M is a little less pure.
  expectColours(colours.slice(3, 6), patches.slice(3, 6));
  expect(colours[0]?.[0]).toBeLessThan(200);
});

describe.each<[string, ColourTags['transfer'], (nits: number) => number]>([
  ['PQ', AVCOL_TRC_SMPTE2084, pq],
  ['HLG', AVCOL_TRC_ARIB_STD_B67, hlg],
])('an HDR film in %s', (_what, transfer, signal) => {
  const nits = [0, 2, 8, 36, 100, 203, 500, 1000];
  const greys = nits.map((light): Rgb => {
    const value = Math.round(signal(light) * 255);
    return [value, value, value];
  });
  const tags: ColourTags = { ...bt709, primaries: AVCOL_PRI_BT2020, transfer, matrix: AVCOL_SPC_BT2020_NCL };

  test('is tone-mapped to BT.709: greys stay greys, in their order, and bright enough', async () => {
    const source = await colourFilm({ patches: greys, matrix: 'bt2020', bits: 10, tags, hdrMetadata: true });
    const stored = await readPatches(newFile('mkv'), await source.read(0, source.sizeBytes), 'film');
    expect(stored).toMatchObject({ hdrMetadata: true, tags: { transfer } });
    const found = await shown(source);
    expect(found.tags).toEqual(bt709);
    expect(found.hdrMetadata).toBe(false);
    for (const colours of [found.colours, await pictureOf(source)]) {
      for (const [red, green, blue] of colours)
        expect(Math.max(red, green, blue) - Math.min(red, green, blue)).toBeLessThan(6);
      const green = colours.map((rgb) => rgb[1]);
      expect(green.every((value, index) => index === 0 || value > (green[index - 1] ?? 0))).toBe(true);
      const [black = 255, , , middle = 0, , white = 0, , brightest = 0] = green;
      expect(black).toBeLessThan(8);
      // 18 % grey is shown as SDR shows it, white a little below SDR's.
      expect(middle).toBeGreaterThan(110);
      expect(middle).toBeLessThan(140);
      expect(white).toBeGreaterThan(200);
      expect(brightest).toBeGreaterThan(245);
    }
  });

  test('keeps its hues', async () => {
    const level = Math.round(signal(60) * 255);
    const dim = Math.round(signal(2) * 255);
    const hues: Rgb[] = [
      [level, dim, dim],
      [dim, level, dim],
      [dim, dim, level],
      [level, level, dim],
      [level, dim, level],
      [dim, level, level],
      [level, level, level],
      [dim, dim, dim],
    ];
    const { colours } = await shown(await colourFilm({ patches: hues, matrix: 'bt2020', bits: 10, tags }));
    for (const [index, strong] of [[0], [1], [2], [0, 1], [0, 2], [1, 2]].entries()) {
      const rgb = colours[index] ?? [0, 0, 0];
      const weak = [0, 1, 2].filter((channel) => !strong.includes(channel)).map((channel) => rgb[channel] ?? 255);
      expect(Math.min(...strong.map((channel) => rgb[channel] ?? 0))).toBeGreaterThan(Math.max(...weak) + 60);
    }
  });
});

test.each<[string, ColourTags]>([
  ['a linear transfer', { ...bt709, transfer: AVCOL_TRC_LINEAR }],
  ['a matrix that nothing converts', { ...bt709, matrix: AVCOL_SPC_SMPTE2085 }],
])('a film of %s is rejected by name', async (_what, tags) => {
  expect(await engine.probe(await colourFilm({ matrix: 'bt709', tags }))).toMatchObject({
    outcome: 'rejected',
    reason: 'unsupported-colour',
  });
});

/** From light to signal [SMPTE ST 2084]. */
function pq(nits: number): number {
  const y = (nits / 10_000) ** (2610 / 16_384);
  return ((3424 / 4096 + (2413 / 128) * y) / (1 + (2392 / 128) * y)) ** (2523 / 32);
}

/** Of a grey on a screen of 1000 cd/m² [ITU-R BT.2100]. */
function hlg(nits: number): number {
  const scene = (nits / 1000) ** (1 / 1.2);
  if (scene <= 1 / 12) return Math.sqrt(3 * scene);
  return 0.17883277 * Math.log(12 * scene - 0.28466892) + 0.55991073;
}
