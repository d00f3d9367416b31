// POST /dead-letters/{letterId}/resubmit { body?, dryRun?, note? }: to the queue it failed in alone, mended or as it came.
import { app } from '@azure/functions';
import { getClient, input } from 'durable-functions';
import { z } from 'zod';
import { callerOf } from '../../shared/adapters/functions/caller.ts';
import { httpEndpoint, readOptionalJson } from '../../shared/adapters/functions/http-endpoint.ts';
import { answerOnce } from '../../shared/adapters/functions/run-once.ts';
import { dryRun } from '../../shared/dead-letters/dry-run.ts';
import { encodeBody, letterView } from '../../shared/dead-letters/letter-view.ts';
import { letterIdFrom, resubmitLetter } from '../../shared/dead-letters/resubmit.ts';
import { paragraphs } from '../../shared/kernel/text.ts';

const bodySchema = z.strictObject({
  body: z.unknown().optional().describe('in place of the one that failed'),
  bodyEncoding: z.enum(['json', 'text', 'base64']).optional().describe('as the letter shows it'),
  dryRun: z.boolean().default(false).describe('says what would happen, and does nothing'),
  note: paragraphs(1_000).optional(),
});

/** A body may have had its data stored apart. */
const limitBytes = 4 * 1024 * 1024;

app.http('resubmitDeadLetter', {
  route: 'v1/dead-letters/{letterId}/resubmit',
  methods: ['POST'],
  authLevel: 'anonymous',
  extraInputs: [input.durableClient()],
  handler: httpEndpoint(async (request, context) => {
    const letterId = letterIdFrom(request.params['letterId']);
    const { value, bytes } = await readOptionalJson(request, bodySchema, limitBytes);
    const mended = value.body === undefined ? undefined : encodeBody(value.body, value.bodyEncoding);
    const { resubmitPorts } = await import('./resubmit-ports.ts');
    const resubmitting = resubmitPorts(getClient(context));
    if (value.dryRun) return { jsonBody: await dryRun(resubmitting, letterId, mended) };
    return await answerOnce(
      { name: 'resubmit-dead-letter', keeps: 'month' },
      request,
      bytes,
      async ({ id: action }) => {
        const letter = await resubmitLetter(resubmitting, letterId, {
          action,
          by: callerOf(request),
          ...(value.note === undefined ? {} : { note: value.note }),
          ...(mended === undefined ? {} : { body: mended }),
        });
        return { status: 202, jsonBody: letterView(letter) };
      },
    );
  }),
});
