import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BlockBlobClient } from '@azure/storage-blob';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { apiClient } from '../support/api-client.ts';
import { childrenOf, type LocalAzure, makeDataFolder, removeData, startLocalAzure } from '../support/local-azure.ts';
import { makeVideo } from '../support/make-video.ts';
import { decodeTrack } from '../support/probe-media.ts';
import { type CreatedUpload, type VideoView, videoClient } from '../support/video-client.ts';
import { waitFor } from '../support/wait-for.ts';

const data = makeDataFolder();
const folder = mkdtempSync(join(tmpdir(), 'video-story-'));
let azure: LocalAzure;
let api: ReturnType<typeof apiClient>;
let videos: ReturnType<typeof videoClient>;
let film: Buffer;
let tempBefore: readonly string[];

beforeAll(async () => {
  const path = join(folder, 'film.mp4');
  await makeVideo(path, { seconds: 5, width: 640, height: 360 });
  film = readFileSync(path);
  tempBefore = readdirSync(tmpdir());
  azure = await startLocalAzure(data);
  api = apiClient(azure.url);
  videos = videoClient(azure.url);
});

afterAll(async () => {
  await azure.stop();
  removeData(data);
  rmSync(folder, { recursive: true, force: true });
});

const declared = (more: object = {}) => ({
  fileName: 'holiday.mp4',
  contentType: 'video/mp4',
  sizeBytes: film.byteLength,
  ...more,
});

/** Fetches all a player would and answers how many frames of the picture and of the sound there are. */
async function play(videoId: string) {
  const master = await videos.playlist(videoId, 'playlist.m3u8');
  const tracks = [...master.matchAll(/^playlist\/\S+$|URI="(playlist\/[^"]+)"/gm)].map(([line, uri]) => uri ?? line);
  const decoded = [];
  for (const track of tracks) {
    const lines = (await videos.playlist(videoId, track)).split('\n');
    const header = /URI="([^"]+)"/.exec(lines.find((line) => line.startsWith('#EXT-X-MAP')) ?? '')?.[1] ?? '';
    const parts: Buffer[] = [];
    for (const url of [header, ...lines.filter((line) => line.startsWith('http'))]) {
      const answer = await fetch(url);
      expect(answer.status).toBe(200);
      parts.push(Buffer.from(await answer.arrayBuffer()));
    }
    decoded.push(await decodeTrack(Buffer.concat(parts), join(folder, 'played.mp4')));
  }
  return decoded;
}

test('a film that is put to its address becomes playable, with pictures, and one mail tells of it', async () => {
  const sha256 = createHash('sha256').update(film).digest('hex');
  const created = await videos.create(declared({ sha256, email: 'ada@example.com' }));
  expect(created).toMatchObject({ upload: { blockSizeBytes: expect.any(Number), expiresAt: expect.any(String) } });
  expect(await videos.get(created.videoId)).toMatchObject({ status: 'awaiting-upload', progress: 0 });
  await new BlockBlobClient(created.upload.url).uploadData(film, { blockSize: 64 * 1024, maxSingleShotSize: 0 });
  const video = await videos.settled(created.videoId);
  expect(video).toMatchObject({
    status: 'ready',
    progress: 1,
    durationSeconds: 5,
    renditions: [{ name: '360p', width: 640, height: 360, progress: 1 }],
    playlistUrl: `/api/v1/videos/${created.videoId}/playlist.m3u8`,
  });
  const tracks = await play(created.videoId);
  expect(tracks.map(({ type }) => type).toSorted()).toEqual(['audio', 'video']);
  expect(tracks.find(({ type }) => type === 'video')).toMatchObject({ width: 640, height: 360, frames: 150 });
  for (const url of video.thumbnails ?? []) expect((await fetch(url)).headers.get('content-type')).toBe('image/jpeg');
  expect(video.thumbnails).toHaveLength(3);
  const mails = await waitFor('the mail', async () => {
    const sent = await api.get<{ to: string; subject: string; text: string }[]>('/local/mail');
    const ours = sent.filter(({ text }) => text.includes(created.videoId));
    return ours.length > 0 && ours;
  });
  expect(mails).toMatchObject([{ to: 'ada@example.com', subject: 'Your video holiday.mp4 is ready' }]);
});

test('a film that is posted as the body becomes playable, and its progress is told until then', async () => {
  const { status, headers, body } = await videos.upload('holiday.mp4', film);
  expect(status).toBe(202);
  expect(headers.get('location')).toBe(`/api/v1/videos/${body.videoId}`);
  const told = await videos.watched(body.videoId);
  expect(told.map(({ progress }) => progress)).toEqual(told.map(({ progress }) => progress).toSorted((a, b) => a - b));
  expect(told.at(-1)).toMatchObject({ status: 'ready', progress: 1 });
  expect(await videos.settled(body.videoId)).toMatchObject({ status: 'ready', fileName: 'holiday.mp4' });
});

test('a film that is posted as a form becomes playable', async () => {
  const form = new FormData();
  form.append('file', new File([new Uint8Array(film)], 'form.mp4', { type: 'video/mp4' }));
  const answer = await fetch(`${azure.url}/api/v1/videos/upload`, { method: 'POST', body: form });
  expect(answer.status).toBe(202);
  const { videoId } = (await answer.json()) as { videoId: string };
  expect(await videos.settled(videoId)).toMatchObject({ status: 'ready', fileName: 'form.mp4' });
});

describe('a film is rejected with its reason', () => {
  const put = async (created: CreatedUpload, bytes: Buffer): Promise<VideoView> => {
    expect((await videos.put(created, bytes)).status).toBe(201);
    return await videos.settled(created.videoId);
  };

  test('when it is a text', async () => {
    const { body } = await videos.upload('notes.mp4', Buffer.from('Dear diary, '.repeat(500)));
    expect(await videos.settled(body.videoId)).toMatchObject({ status: 'rejected', reason: 'not-a-video' });
  });

  test('when it has not the size that was declared', async () => {
    const created = await videos.create(declared({ sizeBytes: film.byteLength + 1 }));
    expect(await put(created, film)).toMatchObject({ status: 'rejected', reason: 'size-mismatch' });
  });

  test('when it has not the hash that was declared', async () => {
    const created = await videos.create(declared({ sha256: '0'.repeat(64) }));
    expect(await put(created, film)).toMatchObject({ status: 'rejected', reason: 'checksum-mismatch' });
  });
});

test('what is uploaded over a film that was taken in changes nothing', async () => {
  const created = await videos.create(declared());
  await videos.put(created, film);
  await waitFor('the film taken in', async () => (await videos.get(created.videoId)).status !== 'awaiting-upload');
  await videos.put(created, Buffer.from('something else'));
  expect(await videos.settled(created.videoId)).toMatchObject({ status: 'ready' });
  expect((await play(created.videoId)).some(({ frames }) => frames === 150)).toBe(true);
});

test('the address of an upload neither reads nor writes anything else', async () => {
  const created = await videos.create(declared());
  const other = created.upload.url.replace(created.videoId, crypto.randomUUID());
  expect((await fetch(created.upload.url)).status).toBe(403);
  expect((await videos.put({ ...created, upload: { ...created.upload, url: other } }, film)).status).toBe(403);
});

test('an upload that breaks off leaves no video', async () => {
  const before = (await videos.list()).length;
  const abort = new AbortController();
  const body = ReadableStream.from(
    (async function* () {
      yield film.subarray(0, 1000);
      abort.abort();
    })(),
  );
  const broken = fetch(`${azure.url}/api/v1/videos/upload?fileName=a.mp4`, {
    method: 'POST',
    body,
    duplex: 'half',
    signal: abort.signal,
  });
  await expect(broken).rejects.toMatchObject({ name: 'AbortError' });
  const after = await videos.upload('b.mp4', film);
  await videos.settled(after.body.videoId);
  expect(await videos.list()).toHaveLength(before + 1);
});

test('the list shows the newest first, page by page', async () => {
  const items = await videos.list();
  const times = items.map(({ createdAt }) => createdAt);
  expect(times).toEqual(times.toSorted().toReversed());
  const first = await api.get<{ items: VideoView[]; continuation: string }>('/api/v1/videos?limit=1');
  const second = await api.get<{ items: VideoView[] }>(
    `/api/v1/videos?limit=1&continuation=${encodeURIComponent(first.continuation)}`,
  );
  expect([...first.items, ...second.items].map(({ videoId }) => videoId)).toEqual(
    items.slice(0, 2).map(({ videoId }) => videoId),
  );
});

describe('bad input is a problem document with a code', () => {
  test.each<[string, object, number, string]>([
    ['a path as name', { fileName: '../../etc/passwd' }, 422, 'unsupported-file-name'],
    ['a name with NUL', { fileName: 'a\0.mp4' }, 400, 'invalid-request'],
    ['a name with a newline', { fileName: 'a\nb.mp4' }, 400, 'invalid-request'],
    ['a name of 1,024 characters', { fileName: 'x'.repeat(1024) }, 400, 'invalid-request'],
    ['a size of 0', { sizeBytes: 0 }, 400, 'invalid-request'],
    ['no hash', { sha256: 'abc' }, 400, 'invalid-request'],
    ['no mail address', { email: 'ada' }, 400, 'invalid-request'],
  ])('%s', async (_what, more, status, code) => {
    expect(await api.ask('POST', '/api/v1/videos', declared(more))).toMatchObject({ status, body: { code } });
  });

  const multipart = 'multipart/form-data; boundary=b';
  const cutForm = '--b\r\nContent-Disposition: form-data; name="f"; filename="a.mp4"\r\n\r\nabc';

  test.each([
    ['an empty body', 'a.mp4', 'video/mp4', '', 400, 'invalid-request'],
    ['a path as name', '../a.mp4', 'video/mp4', 'x', 422, 'unsupported-file-name'],
    ['a form without file', 'a.mp4', multipart, '--b--\r\n', 400, 'invalid-request'],
    ['a form that is cut off', 'a.mp4', multipart, cutForm, 400, 'upload-incomplete'],
    ['a form without boundary', 'a.mp4', 'multipart/form-data', 'x', 400, 'invalid-request'],
  ])('%s as upload', async (_what, fileName, type, body, status, code) => {
    const path = `/api/v1/videos/upload?fileName=${encodeURIComponent(fileName)}`;
    expect(await api.ask('POST', path, body, { 'content-type': type })).toMatchObject({ status, body: { code } });
  });

  test.each(['none', '0190a8f0-0000-7000-8000-000000000001', '%00', 'a%2Fb', 'x'.repeat(2000)])(
    'a video of the id %s is not found',
    async (id) => {
      expect(await api.ask('GET', `/api/v1/videos/${id}`)).toMatchObject({
        status: 404,
        body: { code: 'video-not-found' },
      });
    },
  );

  test('a video that waits for its upload cannot be played', async () => {
    const { videoId } = await videos.create(declared());
    expect(await api.ask('GET', `/api/v1/videos/${videoId}/playlist.m3u8`)).toMatchObject({
      status: 409,
      body: { code: 'video-not-ready' },
    });
  });
});

test('no child is left and no temporary file', () => {
  expect(azure.children(/millrace-host/).flatMap((host) => childrenOf(host, /./))).toEqual([]);
  const added = readdirSync(tmpdir()).filter(
    (name) => !tempBefore.includes(name) && /video|ffmpeg|node-av/i.test(name),
  );
  expect(added).toEqual([]);
});
