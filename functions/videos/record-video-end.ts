// How a video ended that will never be ready, with the reason its owner reads.
import { end } from '../../shared/videos/video.ts';
import { videoPipeline } from '../../shared/videos/video-pipeline.ts';
import { done, now, videoActivity } from './video-activity.ts';

videoActivity(videoPipeline.recordEnd, async ({ videoId }, { ending }) => {
  const { videos } = await import('./ports.ts');
  if (ending !== undefined) await videos.change(videoId, end(ending), now());
  return done;
});
