// The mail whoever uploaded a video gets once it can be played.
import { deterministicId } from '../kernel/ids.ts';
import { escapeHtml } from './escape-html.ts';
import type { Mail } from './mailer.ts';

export interface ReadyVideo {
  readonly videoId: string;
  readonly fileName: string;
  readonly durationSeconds: number;
}

export function videoReadyMail({ videoId, fileName, durationSeconds }: ReadyVideo, to: string): Mail {
  const seconds = Math.round(durationSeconds);
  return {
    operationId: deterministicId('mail', 'video-ready', videoId),
    to,
    subject: `Your video ${fileName} is ready`,
    text: `Your video ${fileName} (${seconds} s) can be played now.\n\nVideo: ${videoId}`,
    html: `<p>Your video <strong>${escapeHtml(fileName)}</strong> (${seconds} s) can be played now.</p><p>Video: ${videoId}</p>`,
    headers: { 'x-video-id': videoId },
  };
}
