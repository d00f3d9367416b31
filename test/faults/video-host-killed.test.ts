// The host dies by kill -9 in the middle of a film: its child dies with it, and the film is finished from where it was.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { apiClient, type SentMail } from '../support/api-client.ts';
import { childrenOf, type LocalAzure, makeDataFolder, removeData, startLocalAzure } from '../support/local-azure.ts';
import { makeVideo } from '../support/make-video.ts';
import { videoClient } from '../support/video-client.ts';
import { waitFor } from '../support/wait-for.ts';

const data = makeDataFolder();
const folder = mkdtempSync(join(tmpdir(), 'video-killed-'));
let azure: LocalAzure;
let film: Buffer;

beforeAll(async () => {
  const path = join(folder, 'film.mp4');
  await makeVideo(path, { seconds: 24, width: 640, height: 360 });
  film = readFileSync(path);
  azure = await startLocalAzure(data);
});

afterAll(async () => {
  await azure.stop();
  removeData(data);
  rmSync(folder, { recursive: true, force: true });
});

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

test('a host that is killed while it encodes takes its child along, and the film goes on from its last segment', async () => {
  const videos = videoClient(azure.url);
  const created = await videos.create({
    fileName: 'long.mp4',
    contentType: 'video/mp4',
    sizeBytes: film.byteLength,
    email: 'ada@example.com',
  });
  await videos.put(created, film);
  await waitFor('a fifth of the film encoded', async () => (await videos.get(created.videoId)).progress > 0.2, {
    timeoutMs: 120_000,
    intervalMs: 50,
  });
  const [host] = azure.children(/millrace-host/);
  if (host === undefined) throw new Error('there is no host');
  const encoding = await waitFor('its child', () => {
    const children = childrenOf(host, /video-child/);
    return children.length > 0 && children;
  });
  process.kill(host, 'SIGKILL');
  await waitFor('the child of the dead host gone', () => !encoding.some(isAlive));
  const after = await waitFor('the host again', () => videos.get(created.videoId), { timeoutMs: 60_000 });
  expect(after.progress).toBeGreaterThan(0.2);
  expect(await videos.settled(created.videoId, 240_000)).toMatchObject({ status: 'ready', durationSeconds: 24 });
  const playlist = await videos.playlist(created.videoId, 'playlist/360p.m3u8');
  expect(playlist.match(/^#EXTINF:2\.000,$/gm)).toHaveLength(12);
  const mails = async (): Promise<readonly SentMail[]> => {
    const sent = await apiClient(azure.url).get<SentMail[]>('/local/mail');
    return sent.filter(({ text }) => text.includes(created.videoId));
  };
  expect(await waitFor('the mail', async () => (await mails()).length > 0 && (await mails()))).toHaveLength(1);
});
