import { app } from '@azure/functions';
import { httpEndpoint } from '../../shared/adapters/functions/http-endpoint.ts';
import { readVideo, videoView } from '../../shared/videos/read-video.ts';

app.http('getVideo', {
  route: 'v1/videos/{videoId}',
  methods: ['GET'],
  authLevel: 'anonymous',
  handler: httpEndpoint(async (request) => {
    const { videos, videoParts, addresses } = await import('./ports.ts');
    const video = await readVideo(videos, request.params['videoId']);
    const parts = video.state.status === 'ready' ? [] : await videoParts.all(video.videoId);
    return { jsonBody: videoView(video, parts, await addresses.renditions()) };
  }),
});
