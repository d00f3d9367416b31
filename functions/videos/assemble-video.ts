// All parts are there: the manifest is written, and from then on the video is ready.
import { AppError } from '../../shared/kernel/errors.ts';
import { blobNames } from '../../shared/videos/parts.ts';
import { assembleManifest } from '../../shared/videos/playlists.ts';
import { makeReady } from '../../shared/videos/video.ts';
import { videoPipeline } from '../../shared/videos/video-pipeline.ts';
import { done, now, videoActivity } from './video-activity.ts';

const mostThumbnails = 3;

videoActivity(videoPipeline.assemble, async ({ videoId, state }) => {
  if (state.status !== 'processing' || state.plan === undefined) return done;
  const { files, videos, videoParts } = await import('./ports.ts');
  const manifest = assembleManifest(state.plan, await videoParts.all(videoId));
  if (manifest === undefined)
    throw new AppError('broken-invariant', `Video ${videoId} is assembled before its parts are there`);
  await files.putRendition(blobNames.manifest(videoId), 'application/json', Buffer.from(JSON.stringify(manifest)));
  await videos.change(videoId, makeReady(await thumbnailsOf(videoId)), now());
  return done;
});

async function thumbnailsOf(videoId: string): Promise<string[]> {
  const names = Array.from({ length: mostThumbnails }, (_, index) => blobNames.thumbnail(videoId, index));
  const { files } = await import('./ports.ts');
  const stored = await Promise.all(names.map((name) => files.readRendition(name)));
  return names.filter((_, index) => stored[index] !== undefined);
}
