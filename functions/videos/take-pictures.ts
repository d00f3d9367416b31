// Thumbnails. A film without them is a film all the same.
import { blobNames } from '../../shared/videos/parts.ts';
import { videoPipeline } from '../../shared/videos/video-pipeline.ts';
import { done, videoActivity } from './video-activity.ts';

const places = [0.1, 0.5, 0.9];

videoActivity(videoPipeline.takePictures, async ({ videoId, state }, _input, context) => {
  if (state.status !== 'processing' || state.plan === undefined) return done;
  const { files, engine } = await import('./ports.ts');
  const { renditions, startSeconds, rotation, durationSeconds } = state.plan;
  const smallest = renditions.at(-1);
  if (smallest === undefined) return done;
  const { width, height } = smallest;
  const atSeconds = places.map((place) => place * durationSeconds);
  const job = { startSeconds, rotation, width, height, atSeconds };
  const pictures = await engine.takePictures(files.source(videoId, state.content.sizeBytes), job);
  if (pictures.outcome === 'rejected') {
    context.warn(`no thumbnails of video ${videoId}: ${pictures.detail}`);
    return done;
  }
  for (const [index, picture] of pictures.value.entries()) {
    await files.putRendition(blobNames.thumbnail(videoId, index), 'image/jpeg', picture);
  }
  return done;
});
