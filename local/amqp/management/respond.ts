// $management of one entity: the operations a client asks for by message rather than by link.
// https://learn.microsoft.com/azure/service-bus-messaging/service-bus-amqp-request-response
import { toAmqpFailure } from '../conditions.ts';
import type { Respond } from '../request-link.ts';
import { failure, status } from './answer.ts';
import { messageOperations } from './messages.ts';
import type { ManagementContext, Operation } from './operation.ts';
import { ruleOperations } from './rules.ts';
import { sessionOperations } from './sessions.ts';

const operations: ReadonlyMap<string, Operation> = new Map(
  Object.entries({ ...messageOperations, ...sessionOperations, ...ruleOperations }).map(([name, operation]) => [
    `com.microsoft:${name}`,
    operation,
  ]),
);

export function respondToManagement(context: ManagementContext): Respond {
  return async ({ operation, body }) => {
    const run = operations.get(operation);
    if (!run) return failure(501, 'amqp:not-implemented', `$management does not know '${operation}'.`);
    try {
      const answer = await run(context, body);
      return { applicationProperties: status(answer ? 200 : 204), body: answer ?? {} };
    } catch (error) {
      const { status: code, condition, description } = toAmqpFailure(error);
      return failure(code, condition, description);
    }
  };
}
