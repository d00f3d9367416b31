import type { Part } from './plan.ts';
import type { AcceptedContent, Change, Video } from './video.ts';
import type { VideoSource } from './video-engine.ts';

export interface VideoStore {
  get(videoId: string): Promise<Video | undefined>;
  /** Answers the one that stands: a video that exists stays as it is. */
  addIfAbsent(video: Video): Promise<Video>;
  /**
   * Applies a change to the newest state, again where another writer was faster. Answers the video as it is then, undefined
   * where there is none.
   * @throws AppError concurrent-change
   */
  change(videoId: string, change: Change, now: string): Promise<Video | undefined>;
  /** Whose end is told to this address, in whatever case it was written. */
  toldTo(email: string): AsyncIterable<Video>;
  /** Nobody is told any more. @throws AppError concurrent-change */
  removeEmail(videoId: string): Promise<void>;
  /** Newest first. */
  list(page: {
    readonly limit: number;
    readonly continuation?: string | undefined;
  }): Promise<{ readonly items: readonly Video[]; readonly continuation?: string }>;
}

/** What is safely stored of one part. The segments themselves are in the files. */
export interface PartProgress {
  readonly part: Part;
  /** The length of each segment, in order. */
  readonly segmentMs: readonly number[];
  /** The highest bit rate of a segment, by rendition. */
  readonly peakBps: Readonly<Record<string, number>>;
  /** As in RFC 6381, by rendition. */
  readonly codecs: Readonly<Record<string, string>>;
  readonly done: boolean;
}

export interface PartStore {
  all(videoId: string): Promise<readonly PartProgress[]>;
  get(videoId: string, part: Part): Promise<PartProgress | undefined>;
  put(videoId: string, progress: PartProgress): Promise<void>;
}

/** The blobs of videos. Every call @throws AppError storage-unavailable */
export interface VideoFiles {
  /** What a client has uploaded, undefined where nothing is (any more). */
  uploaded(videoId: string): Promise<AcceptedContent | undefined>;
  /**
   * Copies this very content to where nobody outside can write; the first content stays. Answers what is there then.
   * @throws AppError upload-changed when something else is uploaded by now
   */
  accept(videoId: string, etag: string): Promise<AcceptedContent>;
  discardUpload(videoId: string): Promise<void>;
  source(videoId: string, sizeBytes: number): VideoSource;
  /** Lower-case hex. */
  sha256(videoId: string): Promise<string>;
  putRendition(name: string, contentType: string, bytes: Uint8Array): Promise<void>;
  readRendition(name: string): Promise<Uint8Array | undefined>;
}
