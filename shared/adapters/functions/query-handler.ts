// The wrapper of every function that answers queries. The reply, or the problem that HTTP would have answered, goes to the session
// its asker waits in, with the query's id as correlation id. A query changes nothing, so it may come more than once.
// https://learn.microsoft.com/azure/service-bus-messaging/service-bus-messages-payloads#message-routing-and-correlation
import type { InvocationContext, ServiceBusQueueHandler } from '@azure/functions';
import type { z } from 'zod';
import { type Contract, toMessage } from '../../contracts/contract.ts';
import { problem } from '../../contracts/problem.ts';
import { type DataOf, parseCloudEvent } from '../../kernel/cloud-event.ts';
import { AppError, toAppError } from '../../kernel/errors.ts';
import { deterministicId } from '../../kernel/ids.ts';
import type { OutboxMessage } from '../../kernel/outbox.ts';
import { toProblem } from '../../kernel/problem.ts';
import { toServiceBusMessage } from '../messaging/service-bus-sender.ts';
import { settled, type Settling, settling } from './message-handler.ts';
import type { ReceivedMessage } from './received-message.ts';

type ToQueue = { readonly sentTo: { readonly queue: string } };

export interface QueryContract extends Contract<z.ZodType<{ readonly expiresAt: string }>> {
  readonly sentTo: { readonly queue: string };
  readonly reply: Contract & ToQueue;
}

export interface QueryHandlerOptions<Q extends QueryContract> {
  readonly query: Q;
  /** Reads only. What it throws is answered as a problem; what is transient, only once it no longer is. */
  readonly answer: (data: DataOf<Q>, context: InvocationContext) => Promise<DataOf<Q['reply']>>;
}

/** A reply lives for as long as its asker waits, but not longer than this: nobody else fetches it. */
const mostLifeMs = 5 * 60_000;
/** Of a reply to a query that does not say how long its asker waits. */
const defaultLifeMs = 60_000;

export function queryHandler<Q extends QueryContract>(
  options: QueryHandlerOptions<Q>,
  world: () => Settling = settling,
): ServiceBusQueueHandler {
  const handle = async (message: ReceivedMessage, context: InvocationContext): Promise<void> => {
    const { sender, now } = world();
    const { queue } = options.query.reply.sentTo;
    const sessionId = readSession(message, queue);
    const reply = await makeReply(options, message, context, now());
    if (reply === undefined) {
      context.log(`query ${message.originalId} comes too late: nobody waits for the answer`);
      return;
    }
    const correlationId = message.originalId;
    const properties = { sessionId, correlationId, timeToLive: reply.lifeMs };
    await sender.send(queue, { ...toServiceBusMessage(reply.message), ...properties });
  };
  return settled(options.query.sentTo.queue, handle, world);
}

/** Only the one queue is replied to: a query must not have us write to others. @throws AppError invalid-message */
function readSession({ replyTo, replyToSessionId }: ReceivedMessage, replies: string): string {
  if (replyTo === replies && replyToSessionId !== undefined) return replyToSessionId;
  const detail = `Nobody can be answered: a query needs the ReplyTo ${replies} and a ReplyToSessionId`;
  throw new AppError('invalid-message', detail);
}

interface Reply {
  readonly message: OutboxMessage;
  readonly lifeMs: number;
}

/** Undefined when nobody waits for it any more. @throws AppError of kind transient */
async function makeReply<Q extends QueryContract>(
  { query, answer }: QueryHandlerOptions<Q>,
  { originalId, body }: ReceivedMessage,
  context: InvocationContext,
  now: number,
): Promise<Reply | undefined> {
  const told = { id: deterministicId('reply', originalId), time: new Date(now).toISOString() };
  let lifeMs = defaultLifeMs;
  try {
    const { subject, data } = parseCloudEvent(body, [query]);
    lifeMs = Math.min(Date.parse(data.expiresAt) - now, mostLifeMs);
    if (lifeMs <= 0) return undefined;
    return { message: toMessage(query.reply, { ...told, subject, data: await answer(data, context) }), lifeMs };
  } catch (thrown) {
    const error = toAppError(thrown);
    if (error.kind === 'transient') throw error;
    context.warn(`query ${originalId}: ${error.code}, ${error.message}; answered so`, error.cause ?? error);
    const { errors, ...rest } = toProblem(error, context.invocationId);
    const data = errors === undefined ? rest : { ...rest, errors: [...errors] };
    return { message: toMessage(problem, { ...told, subject: originalId, data }), lifeMs };
  }
}
