// Encodes one part, from where the last attempt stopped: every stored segment is a place to go on from.
import { AppError } from '../kernel/errors.ts';
import { blobNames, chunkOf } from './parts.ts';
import type { Part, VideoPlan } from './plan.ts';
import type { AudioJob, EngineAnswer, OnSegment, VideoEngine, VideoJob, VideoSource } from './video-engine.ts';
import type { PartReport, VideoContent } from './video-pipeline.ts';
import type { PartProgress, PartStore, VideoFiles, VideoStore } from './video-store.ts';

export interface EncodePartPorts {
  readonly videos: VideoStore;
  readonly parts: PartStore;
  readonly files: Pick<VideoFiles, 'source' | 'putRendition'>;
  readonly engine: VideoEngine;
}

const audioSegmentSeconds = 4;
const segmentType = 'video/iso.segment';

/** Undefined when nobody waits for it any more. @throws AppError encoder-failed, encoder-busy, storage-unavailable */
export async function encodePart(
  ports: EncodePartPorts,
  { videoId, etag, part }: VideoContent & { readonly part: Part },
): Promise<PartReport | undefined> {
  const state = (await ports.videos.get(videoId))?.state;
  if (state?.status !== 'processing' || state.content.etag !== etag || state.plan === undefined) return undefined;
  const stored = await ports.parts.get(videoId, part);
  if (stored?.done === true) return { part, outcome: 'done' };
  const source = ports.files.source(videoId, state.content.sizeBytes);
  // The sound is begun anew: AAC has no frame without a memory of the one before.
  const before = part === 'audio' ? undefined : stored;
  const keeper = progressKeeper(
    ports,
    videoId,
    before ?? { part, segmentMs: [], peakBps: {}, codecs: {}, done: false },
    {
      renditions: part === 'audio' ? 1 : state.plan.renditions.length,
      firstIndex: part === 'audio' ? 0 : chunk(state.plan, part).firstFrame / state.plan.gopFrames,
      savesOften: part !== 'audio',
    },
  );
  const answer = await encode(ports.engine, source, state.plan, part, keeper);
  if (answer.outcome === 'rejected') {
    const { reason, detail } = answer;
    return { part, outcome: 'ended', ending: { status: 'rejected', reason, detail } };
  }
  await keeper.finish();
  return { part, outcome: 'done' };
}

function chunk(plan: VideoPlan, index: number) {
  const found = chunkOf(plan, index);
  if (found === undefined) throw new AppError('invalid-message', `The plan has no chunk ${index}`);
  return found;
}

async function encode(
  engine: VideoEngine,
  source: VideoSource,
  plan: VideoPlan,
  part: Part,
  keeper: ProgressKeeper,
): Promise<EngineAnswer<unknown>> {
  const { startSeconds, frameRate, gopFrames, rotation, renditions, totalFrames } = plan;
  const grid = { startSeconds, frameRate, gopFrames };
  if (part === 'audio') {
    const job: AudioJob = { ...grid, segmentSeconds: audioSegmentSeconds };
    return await engine.encodeAudio(source, job, keeper.onSegment);
  }
  const { firstFrame, endFrame } = chunk(plan, part);
  const from = firstFrame + keeper.stored() * gopFrames;
  if (from >= endFrame) return { outcome: 'done', value: undefined };
  const job: VideoJob = { ...grid, rotation, renditions, firstFrame: from, endFrame, isLast: endFrame === totalFrames };
  return await engine.encodeVideo(source, job, keeper.onSegment);
}

interface ProgressKeeper {
  readonly onSegment: OnSegment;
  /** Segments of this part that are safe in every rendition. */
  stored(): number;
  finish(): Promise<void>;
}

function progressKeeper(
  { parts, files }: EncodePartPorts,
  videoId: string,
  before: PartProgress,
  { renditions, firstIndex, savesOften }: { renditions: number; firstIndex: number; savesOften: boolean },
): ProgressKeeper {
  let progress = before;
  const arrived = new Map<number, number>();
  const store = async (rendition: string, index: number, seconds: number, bytes: Uint8Array): Promise<void> => {
    await files.putRendition(blobNames.segment(videoId, rendition, index), segmentType, bytes);
    const bps = Math.ceil((bytes.byteLength * 8) / Math.max(seconds, 0.001));
    const peakBps = { ...progress.peakBps, [rendition]: Math.max(bps, progress.peakBps[rendition] ?? 0) };
    progress = { ...progress, peakBps };
    arrived.set(index, (arrived.get(index) ?? 0) + 1);
    const next = firstIndex + progress.segmentMs.length;
    if (index !== next || (arrived.get(next) ?? 0) < renditions) return;
    progress = { ...progress, segmentMs: [...progress.segmentMs, Math.round(seconds * 1000)] };
    if (savesOften) await parts.put(videoId, progress);
  };
  return {
    onSegment: async ({ rendition, index, seconds, codecs, bytes }) => {
      if (index >= 0) return await store(rendition, index, seconds, bytes);
      await files.putRendition(blobNames.header(videoId, rendition), 'video/mp4', bytes);
      progress = { ...progress, codecs: { ...progress.codecs, [rendition]: codecs ?? '' } };
    },
    stored: () => progress.segmentMs.length,
    finish: async () => {
      progress = { ...progress, done: true };
      await parts.put(videoId, progress);
    },
  };
}
