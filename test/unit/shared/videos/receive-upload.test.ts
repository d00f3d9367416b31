import { expect, test } from 'vitest';
import { AppError } from '../../../../shared/kernel/errors.ts';
import type { OutboxMessage } from '../../../../shared/kernel/outbox.ts';
import { receiveUpload, type ReceiveUploadPorts } from '../../../../shared/videos/receive-upload.ts';
import type { Video, VideoState } from '../../../../shared/videos/video.ts';
import { givenPlan, givenVideo, memoryVideos, videoId } from '../../../support/given-video.ts';

const content = { etag: 'e1', sizeBytes: 100 };
const waiting: VideoState = { status: 'awaiting-upload' };

function given(video: Video) {
  const sent: OutboxMessage[] = [];
  const videos = memoryVideos(video);
  let accepted: { etag: string; sizeBytes: number } | undefined;
  let there: typeof accepted = content;
  const ports: ReceiveUploadPorts = {
    videos,
    files: {
      uploaded: async () => there,
      accept: async () => (accepted ??= there ?? content),
      discardUpload: async () => void (there = undefined),
    },
    send: async (message) => void sent.push(message),
    now: () => '2030-01-01T00:01:00.000Z',
  };
  return {
    ports,
    sent,
    state: () => videos.rows.get(videoId)?.state,
    upload: (next: typeof content) => (there = next),
  };
}

test('an upload is taken in, told once and removed from where clients write', async () => {
  const { ports, sent, state } = given(givenVideo(waiting, { sizeBytes: 100 }));
  expect(await receiveUpload(ports, videoId)).toBe('accepted');
  expect(state()).toEqual({ status: 'processing', content });
  expect(JSON.parse(sent[0]?.body ?? '')).toMatchObject({ data: { videoId, etag: 'e1' } });
  expect(await ports.files.uploaded(videoId)).toBeUndefined();
});

test('an event that comes again sends the message of the same id', async () => {
  const { ports, sent } = given(givenVideo(waiting));
  await receiveUpload(ports, videoId);
  expect(await receiveUpload(ports, videoId)).toBe('accepted');
  expect(sent).toHaveLength(2);
  expect(sent[1]?.messageId).toBe(sent[0]?.messageId);
});

test('a process that dies before it told is made good by the event that comes again', async () => {
  const { ports, sent } = given(givenVideo(waiting));
  const dying = { ...ports, send: async () => Promise.reject(new AppError('messaging-unavailable', 'down')) };
  await expect(receiveUpload(dying, videoId)).rejects.toMatchObject({ code: 'messaging-unavailable' });
  expect(sent).toEqual([]);
  expect(await receiveUpload(ports, videoId)).toBe('accepted');
  expect(sent).toHaveLength(1);
});

test('what is uploaded after the first content was taken in is ignored', async () => {
  const { ports, sent, state, upload } = given(givenVideo(waiting));
  await receiveUpload(ports, videoId);
  upload({ etag: 'e2', sizeBytes: 5 });
  await receiveUpload(ports, videoId);
  expect(state()).toMatchObject({ content: { etag: 'e1' } });
  expect(new Set(sent.map(({ messageId }) => messageId)).size).toBe(1);
});

test('an upload of another size than declared is rejected and not taken in', async () => {
  const { ports, sent, state } = given(givenVideo(waiting, { sizeBytes: 99 }));
  expect(await receiveUpload(ports, videoId)).toBe('rejected');
  expect(state()).toMatchObject({ status: 'rejected', reason: 'size-mismatch' });
  expect(sent).toEqual([]);
});

test.each<[string, VideoState]>([
  ['ready', { status: 'ready', content, plan: givenPlan(), thumbnails: [] }],
  ['rejected', { status: 'rejected', reason: 'not-a-video', detail: '' }],
  ['failed', { status: 'failed', reason: 'encoder-failed', detail: '' }],
])('an event of a video that is %s is ignored', async (_what, final) => {
  const { ports, sent, state } = given(givenVideo(final));
  expect(await receiveUpload(ports, videoId)).toBe('ignored');
  expect(state()).toEqual(final);
  expect(sent).toEqual([]);
});

test('events of unknown videos and of blobs that are gone are ignored', async () => {
  expect(await receiveUpload(given(givenVideo(waiting)).ports, 'another')).toBe('ignored');
  const gone = given(givenVideo(waiting));
  await gone.ports.files.discardUpload(videoId);
  expect(await receiveUpload(gone.ports, videoId)).toBe('ignored');
});
