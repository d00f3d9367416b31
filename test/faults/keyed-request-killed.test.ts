// Fault 40, after a crash: the host dies by kill -9 in the middle of an upload that came with an Idempotency-Key; sent again it is the
// same video, and once it is answered its repeats are told the same.
import { request } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LocalAzure, makeDataFolder, removeData, startLocalAzure } from '../support/local-azure.ts';
import { videoClient } from '../support/video-client.ts';
import { waitFor } from '../support/wait-for.ts';

const data = makeDataFolder();
let azure: LocalAzure;

beforeAll(async () => {
  azure = await startLocalAzure(data);
});

afterAll(async () => {
  await azure.stop();
  removeData(data);
});

const film = new Uint8Array(2_000_000).fill(1);
const headers = { 'content-type': 'video/mp4', 'idempotency-key': 'killed-1' };
const address = () => `${azure.url}/api/v1/videos/upload?fileName=film.mp4`;

async function upload(body = film): Promise<{ status: number; body: { videoId?: string; code?: string } }> {
  const answer = await fetch(address(), { method: 'POST', headers, body });
  return { status: answer.status, body: (await answer.json()) as { videoId?: string } };
}

test('fault 40: an upload whose host was killed is run again, and is answered alike from then on', async () => {
  const cut = request(address(), { method: 'POST', headers: { ...headers, 'content-length': film.byteLength } });
  cut.on('error', () => {});
  cut.write(film.subarray(0, 500_000));
  await waitFor('its begin', () => azure.output().includes("Executing 'Functions.uploadVideo'"));
  expect((await upload(film.subarray(1))).status).toBe(422);
  const [host] = azure.children(/millrace-host/);
  if (host === undefined) throw new Error('there is no host');
  process.kill(host, 'SIGKILL');
  cut.destroy();
  const first = await waitFor(
    'the upload taken',
    async () => {
      const answer = await upload();
      return answer.status === 202 && answer;
    },
    { timeoutMs: 90_000 },
  );
  expect(await upload()).toEqual(first);
  expect((await videoClient(azure.url).list()).map(({ videoId }) => videoId)).toEqual([first.body.videoId]);
});
