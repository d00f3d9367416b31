// What is made of a film: two renditions at most, never larger than it is, on one grid of frames that every chunk keeps to.
import type { FrameRate, Probe, Rendition } from './video-engine.ts';

export interface VideoPlan {
  readonly durationSeconds: number;
  /** The film's own time of frame 0: the first picture is a whole number of frames later. */
  readonly startSeconds: number;
  readonly rotation: Probe['rotation'];
  readonly frameRate: FrameRate;
  readonly gopFrames: number;
  readonly totalFrames: number;
  readonly renditions: readonly Rendition[];
  readonly hasAudio: boolean;
}

/** What is encoded in one go: a chunk, by its number, or the sound. */
export type Part = number | 'audio';

export interface Chunk {
  readonly index: number;
  readonly firstFrame: number;
  readonly endFrame: number;
}

const shortSides = [720, 360];
const gopSeconds = 2;
const chunkSeconds = 30;
const commonRates: readonly FrameRate[] = [
  { num: 24000, den: 1001 },
  { num: 24, den: 1 },
  { num: 25, den: 1 },
  { num: 30000, den: 1001 },
  { num: 30, den: 1 },
  { num: 50, den: 1 },
  { num: 60000, den: 1001 },
  { num: 60, den: 1 },
];

export function planVideo(probe: Probe): VideoPlan {
  const frameRate = planFrameRate(probe.frameRate);
  const framesPerSecond = frameRate.num / frameRate.den;
  const { startSeconds, pictureStartSeconds, pictureEndSeconds } = probe;
  // Pictures that lie between two places of the grid would be doubled and dropped at random.
  const framesBeforePicture = Math.round((pictureStartSeconds - startSeconds) * framesPerSecond);
  const zeroSeconds = pictureStartSeconds - framesBeforePicture / framesPerSecond;
  return {
    durationSeconds: probe.durationSeconds,
    startSeconds: zeroSeconds,
    rotation: probe.rotation,
    frameRate,
    gopFrames: Math.max(1, Math.round(gopSeconds * framesPerSecond)),
    totalFrames: Math.max(1, Math.round((pictureEndSeconds - zeroSeconds) * framesPerSecond)),
    renditions: planRenditions(probe, framesPerSecond),
    hasAudio: probe.hasAudio,
  };
}

/** The common rate a film nearly has, its own below 60, and 60 above. */
function planFrameRate(rate: FrameRate): FrameRate {
  const wanted = rate.num / rate.den;
  if (!Number.isFinite(wanted) || wanted < 1) return { num: 25, den: 1 };
  const common = commonRates.find(({ num, den }) => Math.abs(num / den / wanted - 1) < 0.0005);
  return common ?? (wanted > 60 ? { num: 60, den: 1 } : { num: Math.round(wanted * 1000), den: 1000 });
}

const even = (side: number): number => Math.max(2, 2 * Math.round(side / 2));
const evenWithin = (side: number): number => Math.max(2, 2 * Math.floor(side / 2));

/** The picture as it is shown: turned, with square pixels. */
function shownSize({ width, height, pixelAspect, rotation }: Probe): { width: number; height: number } {
  const square = { width: width * pixelAspect, height };
  return rotation === 90 || rotation === 270 ? { width: square.height, height: square.width } : square;
}

function planRenditions(probe: Probe, framesPerSecond: number): Rendition[] {
  const shown = shownSize(probe);
  const short = Math.min(shown.width, shown.height);
  const sides = shortSides.filter((side) => side < short);
  // The film's own size where it is smaller than the largest rendition.
  const wanted = sides.length === shortSides.length ? sides : [short, ...sides];
  return wanted.map((side) => {
    const scale = side / short;
    const fit = scale < 1 ? even : evenWithin;
    const width = fit(shown.width * scale);
    const height = fit(shown.height * scale);
    const bits = Math.round((width * height * framesPerSecond) / 10_000) * 1000;
    return {
      name: `${Math.min(width, height)}p`,
      width,
      height,
      maxBitrateBps: Math.min(Math.max(bits, 150_000), 6_000_000),
    };
  });
}

/** Whole groups of pictures, about thirty seconds each, without gap or overlap. */
export function planChunks({ frameRate, gopFrames, totalFrames }: VideoPlan): Chunk[] {
  const gops = Math.max(1, Math.round((chunkSeconds * frameRate.num) / frameRate.den / gopFrames));
  const chunkFrames = gops * gopFrames;
  return Array.from({ length: Math.ceil(totalFrames / chunkFrames) }, (_, index) => ({
    index,
    firstFrame: index * chunkFrames,
    endFrame: Math.min((index + 1) * chunkFrames, totalFrames),
  }));
}

export const segmentsOf = ({ gopFrames }: VideoPlan, { firstFrame, endFrame }: Chunk): number =>
  Math.ceil((endFrame - firstFrame) / gopFrames);
