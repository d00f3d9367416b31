// What each message does to its receiver, in the commit that takes the message out of the store.
import type { Change } from '../store/store.ts';
import { closeEntityCall, closeSubOrchestration, lockGranted } from './close-task.ts';
import type { Instance, Message, Moment, Step } from './instance.ts';
import { unlockRequest } from './open-task.ts';
import type { Instances } from './instances.ts';
import { rewindChild } from './rewind.ts';
import type { StartRequest } from './start-instance.ts';

/** What a message needs of the engine; each call commits `extra`, or `delivered`, with what it does. */
export interface Receivers {
  readonly instances: Instances;
  start(request: StartRequest, extra: readonly Change[]): Promise<boolean>;
  toEntity(message: Extract<Message, { kind: 'entity-request' }>, extra: readonly Change[]): Promise<void>;
  commit(instance: Instance, step: Step, extra: readonly Change[]): Promise<void>;
  answer(delivered: Change, messages: readonly Message[]): Promise<void>;
}

/** Resolves when it is on disk. */
export async function deliver(engine: Receivers, message: Message, moment: Moment, delivered: Change): Promise<void> {
  switch (message.kind) {
    case 'start-child': {
      const { to, name, input, version, parent } = message;
      const request = { instanceId: to, name, input, parent, ...(version !== undefined && { version }) };
      if (await engine.start(request, [delivered])) return;
      return engine.answer(
        delivered,
        refuse(message, `An orchestration instance with the id '${to}' is running already.`),
      );
    }
    case 'rewind-child': {
      const { to, parent, reason } = message;
      const missed = refuse(message, `The sub-orchestration '${to}' cannot be rewound, or is gone.`);
      return decide(engine, message, delivered, missed, (child) => rewindChild(child, parent, reason, moment));
    }
    case 'child-finished': {
      const { parent, outcome } = message;
      return decide(engine, message, delivered, [], (instance) =>
        closeSubOrchestration(instance, parent, outcome, moment),
      );
    }
    case 'entity-request':
      return engine.toEntity(message, [delivered]);
    case 'entity-reply': {
      const { task, requestId, answer } = message;
      return decide(engine, message, delivered, [], (instance) =>
        closeEntityCall(instance, task, requestId, answer, moment),
      );
    }
    case 'lock-granted': {
      const unwanted = [unlockRequest(message.entityId, message.lockId)];
      return decide(engine, message, delivered, unwanted, (instance) => lockGranted(instance, message.task, moment));
    }
  }
}

/** `otherwise` is sent when there is no such instance, or it does not wait for this. */
function decide(
  engine: Receivers,
  { to }: Message,
  delivered: Change,
  otherwise: readonly Message[],
  decision: (instance: Instance) => Step | undefined,
): Promise<void> {
  return engine.instances.withInstance(to, async (instance) => {
    const step = instance && decision(instance);
    if (step) await engine.commit(instance, step, [delivered]);
    else await engine.answer(delivered, otherwise);
  });
}

/** Tells the parent that there will be no child. */
function refuse({ parent }: Extract<Message, { kind: 'start-child' | 'rewind-child' }>, message: string): Message[] {
  return [{ kind: 'child-finished', to: parent.instanceId, parent, outcome: { kind: 'failed', message } }];
}
