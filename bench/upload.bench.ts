// POST /videos/upload against the SDK's uploadStream alone, on the same local storage, 1 GiB each; and what memory the host takes
// meanwhile, beside that for 64 MiB. Every upload's size is checked by the app itself.
//   PAIRS=7 npm run bench -- upload
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { Readable } from 'node:stream';
import { BlockBlobClient } from '@azure/storage-blob';
import { type LocalAzure, makeDataFolder, removeData, startLocalAzure } from '../test/support/local-azure.ts';
import { type VideoView, videoClient } from '../test/support/video-client.ts';
import { compare, type Run } from './pairs.ts';

const mebibyte = 1024 * 1024;
const largeBytes = 1024 * mebibyte;
const smallBytes = 64 * mebibyte;
const pairs = Number(process.env['PAIRS'] ?? 7);
const chunk = Buffer.alloc(mebibyte, 'millrace');

function* bytes(sizeBytes: number): Generator<Buffer> {
  for (let sent = 0; sent < sizeBytes; sent += chunk.byteLength) yield chunk;
}

/** How long `work` takes, and the highest resident memory of the host meanwhile. */
async function peakOf(azure: LocalAzure, work: () => Promise<void>): Promise<{ peakMb: number; wallMs: number }> {
  const [host] = azure.children(/millrace-host/);
  const ended = new AbortController();
  let peakKb = 0;
  const begun = performance.now();
  const watching = (async () => {
    while (!ended.signal.aborted) {
      peakKb = Math.max(peakKb, Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${host}/status`, 'utf8'))?.[1]));
      await wait(50);
    }
  })();
  await work();
  const wallMs = performance.now() - begun;
  ended.abort();
  await watching;
  return { peakMb: Math.round(peakKb / 1024), wallMs };
}

async function throughApp(azure: LocalAzure, sizeBytes: number): Promise<void> {
  const answer = await fetch(`${azure.url}/api/v1/videos/upload?fileName=large.bin`, {
    method: 'POST',
    headers: { 'content-type': 'video/mp4' },
    body: ReadableStream.from(bytes(sizeBytes)),
    duplex: 'half',
  });
  if (answer.status !== 202) throw new Error(`the upload was answered with ${answer.status}: ${await answer.text()}`);
}

/** The size that is declared is one short, so that the app has nothing to do afterwards but to reject it. */
async function bySdk(azure: LocalAzure, sizeBytes: number): Promise<void> {
  const declared = { fileName: 'large.bin', contentType: 'video/mp4', sizeBytes: sizeBytes - 1 };
  const { upload } = await videoClient(azure.url).create(declared);
  await new BlockBlobClient(upload.url).uploadStream(Readable.from(bytes(sizeBytes)), 8 * mebibyte, 2);
}

/** The app took in what came, of the right size, and found that it is no film; or it was of another size, as declared. */
async function check(azure: LocalAzure, reason: string): Promise<void> {
  const videos = videoClient(azure.url);
  const [newest] = await videos.list();
  const video: VideoView = await videos.settled(newest?.videoId ?? '', 600_000);
  if (video.reason !== reason) throw new Error(`the upload ended as ${video.status}, ${video.reason}`);
}

export async function run(): Promise<void> {
  const data = makeDataFolder();
  const azure = await startLocalAzure(data, ['--ephemeral']);
  try {
    const small = await peakOf(azure, () => throughApp(azure, smallBytes));
    await check(azure, 'not-a-video');
    console.log(`64 MiB through the app: host at ${small.peakMb} MB`);
    const largePeaksMb: number[] = [];
    const ours = {
      name: 'POST /videos/upload',
      run: async (): Promise<Run> => {
        const { peakMb, wallMs } = await peakOf(azure, () => throughApp(azure, largeBytes));
        largePeaksMb.push(peakMb);
        await check(azure, 'not-a-video');
        return { units: largeBytes / 1e6, wallMs, cpuMs: Number.NaN };
      },
    };
    const peer = {
      name: 'uploadStream',
      run: async (): Promise<Run> => {
        const { wallMs } = await peakOf(azure, () => bySdk(azure, largeBytes));
        await check(azure, 'size-mismatch');
        return { units: largeBytes / 1e6, wallMs, cpuMs: Number.NaN };
      },
    };
    await compare('1 GiB', ours, peer, { pairs, target: 0.95, unit: 'MB' });
    const largeMb = Math.max(...largePeaksMb);
    console.log(`1 GiB through the app: host at ${largeMb} MB, ${(largeMb / small.peakMb).toFixed(2)} of 64 MiB's`);
  } finally {
    await azure.stop();
    removeData(data);
  }
}
