// Messages as they were once sent: one file a type and version, kept for as long as such a message may still come.
import { readFileSync } from 'node:fs';

export interface Recording {
  readonly type: string;
  readonly recordedAt: string;
  readonly recordedFrom: string;
  readonly afterCommit: string;
  readonly body: string;
}

export const recordingPath = (type: string): string => `test/unit/shared/contracts/recorded/${type}.json`;

/** @throws Error when there is none */
export const readRecording = (type: string): Recording =>
  JSON.parse(readFileSync(recordingPath(type), 'utf8')) as Recording;
