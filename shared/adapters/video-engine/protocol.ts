// What the host process and its child say to each other. The child has no files and no network: it asks for bytes and hands
// over segments.
import type { AudioJob, EngineAnswer, PictureJob, Segment, VideoJob } from '../../videos/video-engine.ts';

export type ChildJob =
  | { readonly kind: 'probe' }
  | ({ readonly kind: 'video' } & VideoJob)
  | ({ readonly kind: 'audio' } & AudioJob)
  | ({ readonly kind: 'pictures' } & PictureJob);

export type ToChild =
  | { readonly type: 'job'; readonly job: ChildJob; readonly sizeBytes: number }
  | { readonly type: 'answer'; readonly id: number; readonly bytes?: Uint8Array };

export type Ask =
  | { readonly type: 'read'; readonly offset: number; readonly sizeBytes: number }
  | { readonly type: 'segment'; readonly segment: Segment };

export type FromChild =
  | { readonly type: 'ask'; readonly id: number; readonly ask: Ask }
  | { readonly type: 'end'; readonly answer: EngineAnswer<unknown> }
  | { readonly type: 'failed'; readonly detail: string };
