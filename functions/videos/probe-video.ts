// Whether the content is a film at all, and what is to be made of it.
import { partsOf } from '../../shared/videos/parts.ts';
import { planVideo } from '../../shared/videos/plan.ts';
import { keepPlan, type Video } from '../../shared/videos/video.ts';
import type { EngineAnswer, Probe } from '../../shared/videos/video-engine.ts';
import { type StepAnswer, videoPipeline } from '../../shared/videos/video-pipeline.ts';
import { done, now, videoActivity } from './video-activity.ts';

videoActivity(videoPipeline.probe, async (video): Promise<StepAnswer> => {
  if (video.state.status !== 'processing') return done;
  const { state, videoId } = video;
  if (state.plan !== undefined) return { outcome: 'done', parts: partsOf(state.plan) };
  const probe = await probeContent(video, state.content.sizeBytes);
  if (probe.outcome === 'rejected') {
    const { reason, detail } = probe;
    return { outcome: 'ended', ending: { status: 'rejected', reason, detail } };
  }
  const plan = planVideo(probe.value);
  const { videos } = await import('./ports.ts');
  await videos.change(videoId, keepPlan(plan), now());
  return { outcome: 'done', parts: partsOf(plan) };
});

async function probeContent({ videoId, sha256 }: Video, sizeBytes: number): Promise<EngineAnswer<Probe>> {
  const { files, engine } = await import('./ports.ts');
  if (sha256 !== undefined && (await files.sha256(videoId)) !== sha256) {
    const detail = 'The content does not have the SHA-256 that was declared: upload it again';
    return { outcome: 'rejected', reason: 'checksum-mismatch', detail };
  }
  return await engine.probe(files.source(videoId, sizeBytes));
}
