// What becomes of an uploaded blob. Events may come twice, late and out of order: only the stored video decides.
import { toMessage } from '../contracts/contract.ts';
import { processVideo } from '../contracts/videos.ts';
import { deterministicId } from '../kernel/ids.ts';
import type { OutboxMessage } from '../kernel/outbox.ts';
import type { AcceptedContent } from './video.ts';
import { end, takeIn } from './video.ts';
import type { VideoFiles, VideoStore } from './video-store.ts';

export interface ReceiveUploadPorts {
  readonly videos: VideoStore;
  readonly files: Pick<VideoFiles, 'uploaded' | 'accept' | 'discardUpload'>;
  readonly send: (message: OutboxMessage) => Promise<void>;
  readonly now: () => string;
}

export type Reception = 'ignored' | 'rejected' | 'accepted';

/** @throws AppError storage-unavailable, messaging-unavailable, upload-changed */
export async function receiveUpload(ports: ReceiveUploadPorts, videoId: string): Promise<Reception> {
  const { videos, files, now } = ports;
  const video = await videos.get(videoId);
  if (video === undefined) return 'ignored';
  // Told again: the process may have died between taking in and telling.
  if (video.state.status === 'processing') return await announce(ports, videoId, video.state.content);
  if (video.state.status !== 'awaiting-upload') return 'ignored';
  const uploaded = await files.uploaded(videoId);
  if (uploaded === undefined) return 'ignored';
  if (video.sizeBytes !== undefined && video.sizeBytes !== uploaded.sizeBytes) {
    const detail = `${video.sizeBytes} bytes were declared and ${uploaded.sizeBytes} uploaded`;
    await videos.change(videoId, end({ status: 'rejected', reason: 'size-mismatch', detail }), now());
    return 'rejected';
  }
  const content = await files.accept(videoId, uploaded.etag);
  const taken = await videos.change(videoId, takeIn(content), now());
  return taken?.state.status === 'processing' ? await announce(ports, videoId, taken.state.content) : 'ignored';
}

async function announce({ send, files, now }: ReceiveUploadPorts, videoId: string, { etag }: AcceptedContent) {
  const id = deterministicId('process-video', videoId, etag);
  await send(toMessage(processVideo, { id, subject: videoId, time: now(), data: { videoId, etag } }));
  await files.discardUpload(videoId);
  return 'accepted' as const;
}
