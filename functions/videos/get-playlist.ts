// The playlists of a video that is ready: the master one, and below it one a rendition with every segment's address signed.
import { app } from '@azure/functions';
import { httpEndpoint } from '../../shared/adapters/functions/http-endpoint.ts';
import { AppError } from '../../shared/kernel/errors.ts';
import { blobNames } from '../../shared/videos/parts.ts';
import { type Manifest, masterPlaylist, mediaPlaylist } from '../../shared/videos/playlists.ts';
import { readVideo } from '../../shared/videos/read-video.ts';

const headers = { 'content-type': 'application/vnd.apple.mpegurl', 'cache-control': 'no-store' };

app.http('getPlaylist', {
  route: 'v1/videos/{videoId}/playlist.m3u8',
  methods: ['GET'],
  authLevel: 'anonymous',
  handler: httpEndpoint(async (request) => {
    const { manifest } = await readManifest(request.params['videoId']);
    return { headers, body: masterPlaylist(manifest) };
  }),
});

app.http('getMediaPlaylist', {
  route: 'v1/videos/{videoId}/playlist/{name}.m3u8',
  methods: ['GET'],
  authLevel: 'anonymous',
  handler: httpEndpoint(async (request) => {
    const { videoId, manifest } = await readManifest(request.params['videoId']);
    const { name } = request.params;
    const track = [...manifest.picture, ...(manifest.audio ? [manifest.audio] : [])].find((each) => each.name === name);
    if (track === undefined) throw new AppError('video-not-found', 'The video has no rendition of this name');
    const { addresses } = await import('./ports.ts');
    const sign = await addresses.renditions();
    const urls = {
      header: sign(blobNames.header(videoId, track.name)),
      segment: (index: number) => sign(blobNames.segment(videoId, track.name, index)),
    };
    return { headers, body: mediaPlaylist(track, urls) };
  }),
});

/** @throws AppError video-not-found, video-not-ready */
async function readManifest(id: string | undefined): Promise<{ videoId: string; manifest: Manifest }> {
  const { videos, files } = await import('./ports.ts');
  const { videoId, state } = await readVideo(videos, id);
  const stored = state.status === 'ready' ? await files.readRendition(blobNames.manifest(videoId)) : undefined;
  if (stored === undefined) throw new AppError('video-not-ready', `The video is ${state.status}: it cannot be played`);
  return { videoId, manifest: JSON.parse(Buffer.from(stored).toString()) as Manifest };
}
