// Service Bus queue and subscription triggers, plain or by session, one message a call or many.
import { isServiceBusError, type ServiceBusReceiver } from '@azure/service-bus';
import { neededOption, textOption } from '../binding-options.ts';
import type { LoadedFunction } from '../function-app.ts';
import type { ServiceBusOptions } from '../host-json.ts';
import type { Listener, ListenerContext } from '../listener.ts';
import { resolveSettings } from '../settings.ts';
import { waitForService } from '../wait-for-service.ts';
import { createMessageRunner, type MessageRunnerOptions } from './message-runner.ts';
import { creditOf, maxCredit } from './receive-credit.ts';
import { receiveErrorReporter } from './receive-errors.ts';
import { listenToSessions } from './session-listener.ts';

export async function startServiceBusTrigger(fn: LoadedFunction, context: ListenerContext): Promise<Listener> {
  const { environment, hostJson, log, stopping } = context;
  const { trigger } = fn;
  const client = await context.serviceBus.get(trigger);
  const path = entityPath(trigger, (name) => resolveSettings(name, environment));
  const entity = path.join('/Subscriptions/');
  const { serviceBus: limits } = hostJson;
  const many = trigger['cardinality'] === 'many';
  const options: MessageRunnerOptions = {
    fn,
    entity,
    log,
    invoke: context.invoke,
    autoComplete: (trigger['autoCompleteMessages'] as boolean | undefined) ?? limits.autoCompleteMessages,
    maxConcurrentCalls: many ? 1 : limits.maxConcurrentCalls,
    maxBatchSize: many ? Math.min(limits.maxMessageBatchSize, maxCredit) : 1,
    minBatchSize: many ? Math.min(limits.minMessageBatchSize, limits.maxMessageBatchSize, maxCredit) : 1,
    maxBatchWaitMs: limits.maxBatchWaitMs,
    lockRenewalMs: limits.maxAutoLockRenewalDurationMs,
    clock: context.clock,
  };
  const hasSessions = trigger['isSessionsEnabled'] === true;
  // The SDK renews sessions, the runner renews messages.
  const maxAutoLockRenewalDurationInMs = hasSessions ? limits.maxAutoLockRenewalDurationMs : 0;
  const receiverOptions = { skipParsingBodyAsJson: true, maxAutoLockRenewalDurationInMs };
  const [name, subscription] = path;
  const receiver =
    subscription === undefined
      ? client.createReceiver(name, receiverOptions)
      : client.createReceiver(name, subscription, receiverOptions);
  await waitForService(`Service Bus and '${entity}'`, () => receiver.peekMessages(1), {
    log: (text) => log('warning', text, { functionName: fn.name }),
    stopping,
    isFinal: (error) => isServiceBusError(error) && error.code === 'MessagingEntityNotFound',
  });
  if (!hasSessions) return listenToMessages(receiver, options, limits);
  await receiver.close();
  return listenToSessions(client, path, receiverOptions, options, limits);
}

type EntityPath = readonly [name: string, subscription?: string];

function entityPath(trigger: LoadedFunction['trigger'], resolve: (name: string) => string): EntityPath {
  const queue = textOption(trigger, 'queueName');
  if (queue !== undefined) return [resolve(queue)];
  return [resolve(neededOption(trigger, 'topicName')), resolve(neededOption(trigger, 'subscriptionName'))];
}

function listenToMessages(
  receiver: ServiceBusReceiver,
  options: MessageRunnerOptions,
  limits: ServiceBusOptions,
): Listener {
  const runner = createMessageRunner(options);
  const reportError = receiveErrorReporter(options.entity, options.fn, options.log);
  const subscription = receiver.subscribe(
    {
      processMessage: (message) => {
        reportError.isBack();
        return runner.run(message, receiver);
      },
      processError: async (args) => reportError(args),
    },
    { autoCompleteMessages: false, maxConcurrentCalls: creditOf(options, limits) },
  );
  return {
    stop: async (patienceMs) => {
      const deadline = Date.now() + patienceMs;
      await Promise.all([subscription.close(), runner.stop(deadline - Date.now())]);
      await receiver.close();
    },
  };
}
