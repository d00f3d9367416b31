// GET /videos/{videoId}/progress: the video as server-sent events `progress`, until it ends.
import { setTimeout as wait } from 'node:timers/promises';
import { app } from '@azure/functions';
import { httpEndpoint } from '../../shared/adapters/functions/http-endpoint.ts';
import { watch } from '../../shared/kernel/watch.ts';
import { isEnded } from '../../shared/videos/video.ts';
import { readVideo, videoView } from '../../shared/videos/read-video.ts';

const pace = { intervalMs: 500, heartbeatMs: 15_000, endsAfterMs: 300_000 };

app.http('watchVideo', {
  route: 'v1/videos/{videoId}/progress',
  methods: ['GET'],
  authLevel: 'anonymous',
  handler: httpEndpoint(async (request) => {
    const { videos, videoParts, addresses } = await import('./ports.ts');
    const { videoId } = await readVideo(videos, request.params['videoId']);
    const sign = await addresses.renditions();
    let ended = false;
    const show = async () => {
      const video = await readVideo(videos, videoId);
      ended = isEnded(video.state);
      return videoView(video, ended ? [] : await videoParts.all(videoId), sign);
    };
    return {
      headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store' },
      body: watch([{ event: 'progress', show }], { ...pace, isOver: () => ended, now: Date.now, wait }),
    };
  }),
});
