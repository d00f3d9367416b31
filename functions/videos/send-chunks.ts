// A message a part. Their ids are the same each time, so that the broker folds what a retry sends again.
import { outboxSender } from '../../shared/adapters/messaging/outbox-sender.ts';
import { toMessage } from '../../shared/contracts/contract.ts';
import { encodeChunk } from '../../shared/contracts/videos.ts';
import { deterministicId } from '../../shared/kernel/ids.ts';
import type { OutboxMessage } from '../../shared/kernel/outbox.ts';
import { queues } from '../../shared/kernel/topology.ts';
import type { Part } from '../../shared/videos/plan.ts';
import { videoPipeline } from '../../shared/videos/video-pipeline.ts';
import { type ActivityInput, done, now, videoActivity } from './video-activity.ts';

/** So many fit into one message of the broker. */
const batch = 100;

videoActivity(videoPipeline.sendChunks, async (_video, input) => {
  const { parts = [] } = input;
  for (let first = 0; first < parts.length; first += batch) {
    const messages = parts.slice(first, first + batch).map((part) => message(input, part));
    await outboxSender.send(queues.encodeChunk, messages);
  }
  return done;
});

function message({ videoId, etag, round = 0 }: ActivityInput, part: Part): OutboxMessage {
  const id = deterministicId('encode-chunk', videoId, etag, String(part), String(round));
  const instanceId = deterministicId(videoPipeline.name, videoId, etag);
  return toMessage(encodeChunk, { id, subject: videoId, time: now(), data: { videoId, etag, part, instanceId } });
}
