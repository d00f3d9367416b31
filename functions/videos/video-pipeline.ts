// The orchestrator: drives the generator of shared/videos/video-pipeline.ts, which holds every decision.
import { app as durable, type OrchestrationContext, RetryOptions, type Task } from 'durable-functions';
import {
  type PipelineMove,
  type PipelineReply,
  type PipelineResult,
  runVideoPipeline,
  type VideoContent,
  videoPipeline,
} from '../../shared/videos/video-pipeline.ts';

/** Patient enough for a dependency that is down for minutes: 1, 2, 4 … 30 s, a good ten minutes in all. */
const retry = new RetryOptions(1_000, 25);
retry.backoffCoefficient = 2;
retry.maxRetryIntervalInMilliseconds = 30_000;

durable.orchestration(videoPipeline.name, function* (context): Generator<Task, PipelineResult, PipelineReply> {
  const content = context.df.getInput<VideoContent>() ?? { videoId: '', etag: '' };
  const pipeline = runVideoPipeline(content);
  const reports = reportWaiter(context);
  let move = pipeline.next();
  while (move.done !== true) {
    try {
      move = pipeline.next(yield* carryOut(context, move.value, reports));
    } catch (error) {
      move = pipeline.throw(error);
    }
  }
  return move.value;
});

function* carryOut(
  context: OrchestrationContext,
  move: PipelineMove,
  reports: ReportWaiter,
): Generator<Task, PipelineReply, PipelineReply> {
  if (move.do === 'wait') return yield* reports.wait(move.timeoutMs);
  const { activity, input } = move.call;
  return yield context.df.callActivityWithRetry(activity, retry, input);
}

interface ReportWaiter {
  wait(timeoutMs: number): Generator<Task, PipelineReply, PipelineReply>;
}

/** A wait that timed out stays open and is waited for again: a second one beside it would miss every other report. */
function reportWaiter({ df }: OrchestrationContext): ReportWaiter {
  let open: Task | undefined;
  return {
    *wait(timeoutMs) {
      const report = (open ??= df.waitForExternalEvent(videoPipeline.chunkEncoded));
      const timer = df.createTimer(new Date(df.currentUtcDateTime.getTime() + timeoutMs));
      yield df.Task.any([report, timer]);
      if (!report.isCompleted) return 'timeout';
      if (!timer.isCompleted) timer.cancel();
      open = undefined;
      return report.result as PipelineReply;
    },
  };
}
