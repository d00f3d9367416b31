import { describe, expect, test } from 'vitest';
import { type Change, end, keepPlan, makeReady, takeIn, type VideoState } from '../../../../shared/videos/video.ts';
import { givenPlan } from '../../../support/given-video.ts';

const content = { etag: 'e', sizeBytes: 1 };
const plan = givenPlan();
const ending = { status: 'rejected', reason: 'truncated', detail: 'half' } as const;

const states: Record<string, VideoState> = {
  'awaiting-upload': { status: 'awaiting-upload' },
  processing: { status: 'processing', content },
  planned: { status: 'processing', content, plan },
  ready: { status: 'ready', content, plan, thumbnails: [] },
  rejected: ending,
};

const changes: Record<string, [Change, Readonly<Record<string, string>>]> = {
  takeIn: [takeIn(content), { 'awaiting-upload': 'processing' }],
  keepPlan: [keepPlan(plan), { processing: 'processing', planned: 'processing' }],
  makeReady: [makeReady(['a']), { planned: 'ready' }],
  end: [end(ending), { 'awaiting-upload': 'rejected', processing: 'rejected', planned: 'rejected' }],
};

describe.each(Object.entries(changes))('%s', (_name, [change, outcomes]) => {
  test.each(Object.entries(states))('of a video that is %s', (name, state) => {
    expect(change(state)?.status).toBe(outcomes[name]);
  });
});

test('the plan stays with a video that ends, so that its renditions can still be told', () => {
  expect(end(ending)({ status: 'processing', content, plan })).toEqual({ ...ending, plan });
});
