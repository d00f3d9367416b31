// The mail whoever uploaded a video gets once it can be played.
import { deterministicId } from '../kernel/ids.ts';
import type { Mail } from './mailer.ts';
import { renderMail } from './template.ts';

export interface ReadyVideo {
  readonly videoId: string;
  readonly fileName: string;
  readonly durationSeconds: number;
}

export const videoReadyMail = ({ videoId, fileName, durationSeconds }: ReadyVideo, to: string): Mail => ({
  operationId: deterministicId('mail', 'video-ready', videoId),
  to,
  ...renderMail(`Your video ${fileName} is ready`, [
    `Your video ${fileName} (${Math.round(durationSeconds)} s) can be played now.`,
    { facts: { Video: videoId } },
  ]),
  headers: { 'x-video-id': videoId },
});
