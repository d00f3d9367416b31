// A video as it is stored, one row each, and every way its state may change. Pure; undefined says that nothing changes.
import type { VideoPlan } from './plan.ts';
import type { RejectReason } from './video-engine.ts';

/** The content that was taken in: what is uploaded over it later is another one, and ignored. */
export interface AcceptedContent {
  readonly etag: string;
  readonly sizeBytes: number;
}

/** A rejected film is at fault itself; one that failed, we are. */
export interface Ending {
  readonly status: 'rejected' | 'failed';
  readonly reason: RejectReason | FailReason;
  readonly detail: string;
}

export type FailReason = 'encoder-failed' | 'encoding-stalled' | 'internal-error';

export type VideoState =
  | { readonly status: 'awaiting-upload' }
  | { readonly status: 'processing'; readonly content: AcceptedContent; readonly plan?: VideoPlan }
  | {
      readonly status: 'ready';
      readonly content: AcceptedContent;
      readonly plan: VideoPlan;
      /** Names of blobs in renditions. */
      readonly thumbnails: readonly string[];
    }
  | (Ending & { readonly plan?: VideoPlan });

export interface Video {
  readonly videoId: string;
  readonly fileName: string;
  readonly contentType: string;
  /** As declared: what comes must be of this size and hash. */
  readonly sizeBytes?: number;
  readonly sha256?: string;
  readonly email?: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly state: VideoState;
}

/** Whether nothing will change any more. */
export const isEnded = ({ status }: VideoState): boolean => status !== 'awaiting-upload' && status !== 'processing';

/** A decision on the state; undefined where it is not the time for it. */
export type Change = (state: VideoState) => VideoState | undefined;

export const takeIn =
  (content: AcceptedContent): Change =>
  (state) =>
    state.status === 'awaiting-upload' ? { status: 'processing', content } : undefined;

export const keepPlan =
  (plan: VideoPlan): Change =>
  (state) =>
    state.status === 'processing' ? { ...state, plan } : undefined;

export const makeReady =
  (thumbnails: readonly string[]): Change =>
  (state) =>
    state.status === 'processing' && state.plan !== undefined
      ? { status: 'ready', content: state.content, plan: state.plan, thumbnails }
      : undefined;

export const end =
  ({ status, reason, detail }: Ending): Change =>
  (state) => {
    if (isEnded(state)) return undefined;
    return { status, reason, detail, ...('plan' in state ? { plan: state.plan } : {}) };
  };
