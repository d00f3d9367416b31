import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LocalAzure, makeDataFolder, removeData, startLocalAzure } from '../support/local-azure.ts';

const data = makeDataFolder();
const limitBytes = 1_000_000;
let azure: LocalAzure;

beforeAll(async () => {
  azure = await startLocalAzure(data, [], { UPLOAD_LIMIT_BYTES: String(limitBytes) });
});

afterAll(async () => {
  await azure.stop();
  removeData(data);
});

const upload = (body: Uint8Array<ArrayBuffer> | ReadableStream): Promise<Response> =>
  fetch(`${azure.url}/api/v1/videos/upload?fileName=film.mp4`, {
    method: 'POST',
    headers: { 'content-type': 'video/mp4' },
    body,
    duplex: 'half',
  });

const inChunks = (sizeBytes: number): ReadableStream =>
  ReadableStream.from(Array.from({ length: Math.ceil(sizeBytes / 50_000) }, () => new Uint8Array(50_000)));

test.each([
  ['that says its length', () => new Uint8Array(limitBytes + 1)],
  ['of unknown length', () => inChunks(limitBytes * 4)],
])('a body %s beyond UPLOAD_LIMIT_BYTES is refused and pointed at POST /videos', async (_what, body) => {
  const answer = await upload(body());
  expect(answer.status).toBe(413);
  expect(await answer.json()).toMatchObject({ status: 413, detail: expect.stringContaining('POST /api/v1/videos') });
});

test('a body of exactly the limit is taken', async () => {
  expect((await upload(new Uint8Array(limitBytes))).status).toBe(202);
});
