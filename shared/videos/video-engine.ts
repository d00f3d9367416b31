// What the domain wants of whatever decodes and encodes: by ranges in, segments out, no files.

export interface FrameRate {
  readonly num: number;
  readonly den: number;
}

export interface Rendition {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  /** What the encoder may not exceed over a second. */
  readonly maxBitrateBps: number;
}

/** The film's bytes. Nothing may change them while they are read. */
export interface VideoSource {
  readonly sizeBytes: number;
  /** @throws AppError storage-unavailable */
  read(offset: number, sizeBytes: number): Promise<Uint8Array>;
}

export interface Probe {
  /** The first picture or sound, by the film's own times, which may begin anywhere. */
  readonly startSeconds: number;
  /** From there to the end of the last picture or sound. */
  readonly durationSeconds: number;
  /** When the first picture begins and the last one ends, by the film's own times. */
  readonly pictureStartSeconds: number;
  readonly pictureEndSeconds: number;
  /** As stored, before rotation. */
  readonly width: number;
  readonly height: number;
  /** A pixel's width through its height. */
  readonly pixelAspect: number;
  /** Degrees clockwise a player has to turn the picture. */
  readonly rotation: 0 | 90 | 180 | 270;
  readonly frameRate: FrameRate;
  readonly hasAudio: boolean;
}

/** Why a film is not taken; part of the API. */
export type RejectReason =
  | 'not-a-video'
  | 'no-picture'
  | 'too-large-picture'
  | 'too-many-streams'
  | 'too-long'
  | 'truncated'
  | 'unsupported-colour'
  | 'took-too-long'
  | 'size-mismatch'
  | 'checksum-mismatch';

/** A film that cannot be worked with is an answer; thrown is only what another attempt may mend. */
export type EngineAnswer<T> =
  | { readonly outcome: 'done'; readonly value: T }
  | { readonly outcome: 'rejected'; readonly reason: RejectReason; readonly detail: string };

interface FilmGrid {
  /** The film's own time of frame 0 and of the first sound that is kept. */
  readonly startSeconds: number;
  readonly frameRate: FrameRate;
  /** Every group of pictures, which is a segment, has so many frames. */
  readonly gopFrames: number;
}

export interface VideoJob extends FilmGrid {
  readonly rotation: Probe['rotation'];
  readonly renditions: readonly Rendition[];
  /** From, inclusive: a multiple of gopFrames. */
  readonly firstFrame: number;
  /** To, exclusive. */
  readonly endFrame: number;
  /** The film may end a little before endFrame. */
  readonly isLast: boolean;
}

export type AudioJob = FilmGrid & { readonly segmentSeconds: number };

export interface PictureJob {
  readonly startSeconds: number;
  readonly rotation: Probe['rotation'];
  readonly width: number;
  readonly height: number;
  readonly atSeconds: readonly number[];
}

/** A piece of fragmented MP4; index -1 is the header that all segments of a rendition share. */
export interface Segment {
  readonly rendition: string;
  readonly index: number;
  readonly seconds: number;
  /** As in RFC 6381; on headers only. */
  readonly codecs?: string;
  readonly bytes: Uint8Array;
}

/** Ends when the segment is safe; the engine waits for it. */
export type OnSegment = (segment: Segment) => Promise<void>;

export interface VideoEngine {
  probe(source: VideoSource): Promise<EngineAnswer<Probe>>;
  /** Segments come in order, all renditions of an index before the next one. @throws AppError encoder-failed, encoder-busy */
  encodeVideo(source: VideoSource, job: VideoJob, onSegment: OnSegment): Promise<EngineAnswer<{ frames: number }>>;
  encodeAudio(source: VideoSource, job: AudioJob, onSegment: OnSegment): Promise<EngineAnswer<{ seconds: number }>>;
  /** JPEGs, one for each time that has a picture. */
  takePictures(source: VideoSource, job: PictureJob): Promise<EngineAnswer<readonly Uint8Array[]>>;
}
