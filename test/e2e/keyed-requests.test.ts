// Fault 40, the Idempotency-Key of POSTs that change no order: the same answer on a repeat, a concurrent one too, 422 on another
// request, and one effect.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Local, startLocal } from '../../local/testing/testing.ts';
import { apiClient } from '../support/api-client.ts';
import { type CreatedUpload, videoClient } from '../support/video-client.ts';
import { waitFor } from '../support/wait-for.ts';

let local: Local;
let api: ReturnType<typeof apiClient>;
let videos: ReturnType<typeof videoClient>;

beforeAll(async () => {
  local = await startLocal({ app: '.', topology: 'infra/topology.json' });
  api = apiClient(local.url);
  videos = videoClient(local.url);
});
afterAll(async () => {
  await local.close();
});

const film = { fileName: 'film.mp4', contentType: 'video/mp4', sizeBytes: 1000 };
const declare = (key: string, changes: object = {}) =>
  api.ask<CreatedUpload>('POST', '/api/v1/videos', { ...film, ...changes }, { 'idempotency-key': key });

async function upload(key: string, body: Uint8Array<ArrayBuffer> | ReadableStream, fileName = 'a.mp4') {
  const answer = await fetch(`${local.url}/api/v1/videos/upload?fileName=${fileName}`, {
    method: 'POST',
    headers: { 'content-type': 'video/mp4', 'idempotency-key': key },
    body,
    duplex: 'half',
  });
  return { status: answer.status, headers: answer.headers, body: (await answer.json()) as { videoId?: string } };
}

test('fault 40: POST /videos twenty times at once with one key is one video', async () => {
  const answers = await Promise.all(Array.from({ length: 20 }, () => declare('declare-1')));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
  expect(new Set(answers.map(({ body }) => body.videoId)).size).toBe(1);
  expect((await declare('declare-1')).body.videoId).toBe(answers[0]?.body.videoId);
  expect(await videos.list()).toHaveLength(1);
});

test('fault 40: the key of a video with another body is refused, of another caller it is another video', async () => {
  const { videoId } = (await declare('declare-2')).body;
  expect(await declare('declare-2', { sizeBytes: 1001 })).toMatchObject({
    status: 422,
    body: { code: 'idempotency-key-reused' },
  });
  const elsewhere = { 'idempotency-key': 'declare-2', 'x-forwarded-for': '192.0.2.7' };
  const other = await api.ask<CreatedUpload>('POST', '/api/v1/videos', film, elsewhere);
  expect(other.status).toBe(201);
  expect(other.body.videoId).not.toBe(videoId);
});

test('fault 40: an upload sent again is answered as before, and its body is not taken in again', async () => {
  const bytes = new Uint8Array(300_000).fill(7);
  const first = await upload('upload-1', bytes);
  expect(first.status).toBe(202);
  const second = await upload('upload-1', bytes);
  expect({ ...second, headers: second.headers.get('location') }).toEqual({
    ...first,
    headers: first.headers.get('location'),
  });
  expect(await upload('upload-1', bytes.slice(1))).toMatchObject({ status: 422 });
  expect(await upload('upload-1', bytes, 'b.mp4')).toMatchObject({ status: 422 });
});

test('fault 40: while an upload runs its repeat is told to come again; when it broke off, the repeat is the upload', async () => {
  let end: (how: 'whole' | 'broken') => void = () => {};
  const slow = new ReadableStream({
    start(controller) {
      controller.enqueue(new Uint8Array(100_000));
      end = (how) => (how === 'whole' ? controller.close() : controller.error(new Error('cut')));
    },
  });
  const uploads = () => local.output().split("Executing 'Functions.uploadVideo'").length;
  const before = uploads();
  const broken = upload('upload-2', slow).catch(() => 'cut');
  await waitFor('its begin', () => uploads() === before + 1);
  const whole = () => ReadableStream.from([new Uint8Array(100_000), new Uint8Array(100_000)]);
  const repeat = await upload('upload-2', whole());
  expect(repeat).toMatchObject({ status: 409, body: { code: 'answer-pending' } });
  expect(repeat.headers.get('retry-after')).toBe('3');
  end('broken');
  expect(await broken).toBe('cut');
  expect((await upload('upload-2', whole())).status).toBe(202);
});

test('fault 40: readings sent again are judged as of the first time, and counted once', async () => {
  const timestamp = new Date().toISOString();
  const body = JSON.stringify([
    { deviceId: 'keyed-1', timestamp, sequence: 1, values: { temperature: 1 } },
    { deviceId: 'keyed-1', timestamp, sequence: 2, values: { temperature: 'hot' } },
  ]);
  /** As a device does: what is not accepted yet is sent again. */
  const send = (text: string) =>
    waitFor('an answer', async () => {
      const answer = await api.ask('POST', '/api/v1/telemetry', text, { 'idempotency-key': 'readings-1' });
      return answer.status !== 503 && answer;
    });
  const answers = await Promise.all(Array.from({ length: 10 }, () => send(body)));
  for (const answer of answers) {
    expect(answer).toMatchObject({
      status: 202,
      body: { accepted: 1, rejected: [{ index: 1, code: 'invalid-reading' }] },
    });
  }
  expect(await send(body.replace('hot', 'hotter'))).toMatchObject({ status: 422 });
  const path = '/api/v1/telemetry/devices/keyed-1?metric=temperature';
  await waitFor('the reading', async () => {
    const { body: seen } = await api.ask<{ points?: { count: number }[] }>('GET', path);
    return seen.points?.[0]?.count === 1;
  });
});
