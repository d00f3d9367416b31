import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Part } from '../../../../shared/videos/plan.ts';
import type { Ending } from '../../../../shared/videos/video.ts';
import {
  type ActivityCall,
  patience,
  type PipelineReply,
  type PipelineResult,
  runVideoPipeline,
  type StepAnswer,
} from '../../../../shared/videos/video-pipeline.ts';

const parts: readonly Part[] = [0, 1, 'audio'];
const content = { videoId: 'v', etag: 'e' };
const ending: Ending = { status: 'rejected', reason: 'truncated', detail: 'half of it' };
const probed: PipelineReply = { outcome: 'done', parts };
const report = (part: Part): PipelineReply => ({ part, outcome: 'done' });

/** Drives the pipeline by hand: `answer` plays the activities, `reports` arrive one a wait, then time-outs. */
function drive(
  reports: readonly PipelineReply[],
  answer: (call: ActivityCall) => StepAnswer = () => ({ outcome: 'done' }),
) {
  const calls: ActivityCall[] = [];
  const arriving = [...reports];
  const pipeline = runVideoPipeline(content);
  let move = pipeline.next();
  while (!move.done) {
    if (move.value.do === 'wait') {
      move = pipeline.next(arriving.shift() ?? 'timeout');
      continue;
    }
    const { call } = move.value;
    calls.push(call);
    let reply: PipelineReply;
    try {
      reply = call.activity === 'probe-video' && answer(call).outcome === 'done' ? probed : answer(call);
    } catch (error) {
      move = pipeline.throw(error);
      continue;
    }
    move = pipeline.next(reply);
  }
  const result: PipelineResult = move.value;
  return { result, calls, names: calls.map(({ activity }) => activity) };
}

const success = ['probe-video', 'send-chunks', 'take-pictures', 'assemble-video', 'publish-video-ready'];

test('once every part is reported the video is assembled and told of', () => {
  const { result, names, calls } = drive(parts.map(report));
  expect(result).toEqual({ status: 'ready' });
  expect(names).toEqual(success);
  expect(calls[1]?.input).toEqual({ ...content, parts, round: 0 });
});

test('in any order, however often each is repeated, the parts are waited for and sent once', () => {
  const anyOrder = fc
    .shuffledSubarray([...parts], { minLength: parts.length })
    .chain((order) => fc.array(fc.nat(2), { minLength: 3, maxLength: 3 }).map((repeats) => ({ order, repeats })));
  fc.assert(
    fc.property(anyOrder, ({ order, repeats }) => {
      const reports = order.flatMap((part, index) =>
        Array.from({ length: 1 + (repeats[index] ?? 0) }, () => report(part)),
      );
      expect(drive(reports)).toMatchObject({ result: { status: 'ready' }, names: success });
    }),
  );
});

describe('when nobody reports', () => {
  test('what is missing is sent again, in a round of its own', () => {
    const { result, calls } = drive([report(1), 'timeout', report(0), 'timeout', report('audio')]);
    expect(result).toEqual({ status: 'ready' });
    const sent = calls
      .filter(({ activity }) => activity === 'send-chunks')
      .map(({ input }) => [input.round, input.parts]);
    expect(sent).toEqual([
      [0, parts],
      [1, [0, 'audio']],
      [2, ['audio']],
    ]);
  });

  test('the video fails after the last round', () => {
    const { result, calls, names } = drive([report(0)]);
    expect(result).toEqual({ status: 'failed', reason: 'encoding-stalled' });
    expect(names.filter((name) => name === 'send-chunks')).toHaveLength(1 + patience.rounds);
    expect(calls.at(-1)).toMatchObject({
      activity: 'record-video-end',
      input: { ending: { reason: 'encoding-stalled', detail: 'Nobody encoded the parts 1, audio' } },
    });
  });
});

test('a part that cannot be encoded ends the video with its reason', () => {
  const { result, names, calls } = drive([report(0), { part: 1, outcome: 'ended', ending }]);
  expect(result).toEqual({ status: 'rejected', reason: 'truncated' });
  expect(names).toEqual(['probe-video', 'send-chunks', 'record-video-end']);
  expect(calls.at(-1)?.input).toEqual({ ...content, ending });
});

describe.each(success)('when %s', (step) => {
  const upToIt = success.slice(0, success.indexOf(step) + 1);

  test('ends the video, nothing after it runs but the record of the end', () => {
    const { result, names } = drive(parts.map(report), ({ activity }) =>
      activity === step ? { outcome: 'ended', ending } : { outcome: 'done' },
    );
    expect(result).toEqual({ status: 'rejected', reason: 'truncated' });
    expect(names).toEqual([...upToIt, 'record-video-end']);
  });

  test('still throws after its retries, the video fails', () => {
    const { result, names } = drive(parts.map(report), ({ activity }) => {
      if (activity === step) throw new Error('gave up');
      return { outcome: 'done' };
    });
    expect(result).toEqual({ status: 'failed', reason: 'internal-error' });
    expect(names).toEqual([...upToIt, 'record-video-end']);
  });
});
