// The pipeline as one generator without I/O: whoever drives it runs the activity it yields, or waits for a report.
import type { Part } from './plan.ts';
import type { Ending } from './video.ts';

export const videoPipeline = {
  name: 'video-pipeline',
  probe: 'probe-video',
  sendChunks: 'send-chunks',
  takePictures: 'take-pictures',
  assemble: 'assemble-video',
  publish: 'publish-video-ready',
  recordEnd: 'record-video-end',
  /** The external event by which whoever encodes a part reports. */
  chunkEncoded: 'chunk-encoded',
} as const;

export interface VideoContent {
  readonly videoId: string;
  readonly etag: string;
}

export interface ActivityCall {
  readonly activity: string;
  readonly input: VideoContent & {
    readonly parts?: readonly Part[];
    /** 0 at first; later rounds send again what nobody reported. */
    readonly round?: number;
    readonly ending?: Ending;
  };
}

/** What an activity answers. A film that cannot be worked with is an answer; thrown is only what may pass. */
export type StepAnswer =
  | { readonly outcome: 'done'; readonly parts?: readonly Part[] }
  | { readonly outcome: 'ended'; readonly ending: Ending };

export type PartReport =
  | { readonly part: Part; readonly outcome: 'done' }
  | { readonly part: Part; readonly outcome: 'ended'; readonly ending: Ending };

export type PipelineMove =
  | { readonly do: 'call'; readonly call: ActivityCall }
  | { readonly do: 'wait'; readonly timeoutMs: number };

export type PipelineReply = StepAnswer | PartReport | 'timeout';

export type PipelineResult = { readonly status: 'ready' | Ending['status']; readonly reason?: string };

type Pipeline<T> = Generator<PipelineMove, T, PipelineReply>;

/** So long nothing may be reported before parts are sent again, and so often. */
export const patience = { timeoutMs: 15 * 60_000, rounds: 20 };

export function* runVideoPipeline(content: VideoContent): Pipeline<PipelineResult> {
  const probed = yield* attempt({ activity: videoPipeline.probe, input: content });
  if (probed.outcome === 'ended') return yield* conclude(content, probed.ending);
  const parts = probed.parts ?? [];
  const sent = yield* attempt({ activity: videoPipeline.sendChunks, input: { ...content, parts, round: 0 } });
  if (sent.outcome === 'ended') return yield* conclude(content, sent.ending);
  const ending = yield* awaitParts(content, parts);
  if (ending !== undefined) return yield* conclude(content, ending);
  for (const activity of [videoPipeline.takePictures, videoPipeline.assemble, videoPipeline.publish]) {
    const step = yield* attempt({ activity, input: content });
    if (step.outcome === 'ended') return yield* conclude(content, step.ending);
  }
  return { status: 'ready' };
}

/** Until every part is reported, however often and in whatever order. Answers why it will never be. */
function* awaitParts(content: VideoContent, parts: readonly Part[]): Pipeline<Ending | undefined> {
  const missing = new Set(parts);
  let round = 0;
  while (missing.size > 0) {
    const report = yield { do: 'wait', timeoutMs: patience.timeoutMs };
    if (report === 'timeout') {
      round += 1;
      if (round > patience.rounds) {
        return {
          status: 'failed',
          reason: 'encoding-stalled',
          detail: `Nobody encoded the parts ${[...missing].join(', ')}`,
        };
      }
      yield* attempt({ activity: videoPipeline.sendChunks, input: { ...content, parts: [...missing], round } });
    } else if (report.outcome === 'ended') return report.ending;
    else if ('part' in report) missing.delete(report.part);
  }
  return undefined;
}

function* conclude(content: VideoContent, ending: Ending): Pipeline<PipelineResult> {
  yield* attempt({ activity: videoPipeline.recordEnd, input: { ...content, ending } });
  return { status: ending.status, reason: ending.reason };
}

/** An activity that still throws after its retries ends the video. */
function* attempt(call: ActivityCall): Pipeline<StepAnswer> {
  try {
    const answer = yield { do: 'call', call };
    return answer === 'timeout' || 'part' in answer ? { outcome: 'done' } : answer;
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return { outcome: 'ended', ending: { status: 'failed', reason: 'internal-error', detail } };
  }
}
