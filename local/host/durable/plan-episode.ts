// From an orchestrator's actions to what is new in them. The list is complete from the first episode on, so ids follow
// by counting as the library counts: in order, compounds depth first, each task once however often it reappears (told
// by the identity of the object), and around the ids that retry policies took meanwhile.
import type { SchedulingEvent } from '../../durable-protocol/history-event.ts';
import type { EpisodePlan, Outcome, PlannedTask } from '../../durable-protocol/work.ts';
import { type DurableAction, type OrchestratorState, actionType } from './durable-actions.ts';
import type { Scheduled } from './past.ts';
import {
  type PlanSettings,
  describeEvent,
  describePlan,
  encodedInput,
  isSameCall,
  jsonText,
  plansOf,
} from './planned-task.ts';

/** Azure's limit; in UTF-16, as .NET has texts. */
const mostCustomStatusBytes = 16 * 1024;

export interface ReplayedOrchestrator {
  readonly name: string;
  /** By the history before this episode. */
  readonly scheduled: Scheduled;
  readonly state: OrchestratorState;
  /** It threw: the state comes from the text of the error, and which object is which is lost. */
  readonly hasThrown: boolean;
  readonly settings: PlanSettings;
}

/** A replay that does not fit its history, and what is not served, are outcomes too: the instance fails and says why. */
export function planEpisode(replayed: ReplayedOrchestrator): EpisodePlan {
  try {
    const { customStatus } = replayed.state;
    const walk = new ActionWalk(replayed);
    const outcome = outcomeOf(replayed, walk.continuedWith);
    return {
      tasks: walk.tasks,
      cancelledTimers: walk.cancelledTimers,
      awaitedEvents: Object.fromEntries(walk.awaitedEvents),
      customStatus: customStatus === undefined ? null : customStatusText(customStatus),
      ...(outcome && { outcome }),
    };
  } catch (error) {
    return failedPlan((error as Error).message);
  }
}

/** @throws Error above 16 KB */
function customStatusText(customStatus: unknown): string {
  const text = jsonText(customStatus);
  const sizeBytes = 2 * text.length;
  if (sizeBytes > mostCustomStatusBytes)
    throw new Error(
      `The UTF-16 size of the JSON-serialized customStatus payload must be no more than 16 KB. It is ${(sizeBytes / 1024).toFixed(1)} KB.`,
    );
  return text;
}

/** Fails the instance at once, whatever it still waits for. */
export function failedPlan(message: string): EpisodePlan {
  const outcome = { kind: 'failed', message, abandonsTasks: true } as const;
  return { tasks: [], cancelledTimers: [], awaitedEvents: {}, outcome };
}

function outcomeOf(
  { state, hasThrown }: ReplayedOrchestrator,
  continuedWith: DurableAction | undefined,
): Outcome | undefined {
  if (hasThrown) {
    const { error = 'It threw something without a message.', failureDetails } = state;
    return { kind: 'failed', message: error, ...(failureDetails && { failureDetails }) };
  }
  if (!state.isDone) return undefined;
  if (continuedWith) return { kind: 'continued-as-new', input: encodedInput(continuedWith.input) };
  return { kind: 'completed', output: jsonText(state.output) };
}

class ActionWalk {
  readonly tasks: PlannedTask[] = [];
  readonly cancelledTimers: number[] = [];
  readonly awaitedEvents = new Map<string, number>();
  continuedWith: DurableAction | undefined;

  readonly #replayed: ReplayedOrchestrator;
  readonly #met = new Set<unknown>();
  /** Only a compound has an action that was met before. */
  readonly #hasCompounds: boolean;
  readonly #isChecked: boolean;
  #locked: readonly string[] = [];
  #nextId = 0;

  constructor(replayed: ReplayedOrchestrator) {
    this.#replayed = replayed;
    const actions = replayed.state.actions[0] ?? [];
    this.#hasCompounds = actions.some(({ compoundActions }) => compoundActions);
    // From the text of an error a compound's ids are a guess, good enough for what nobody will wait for.
    this.#isChecked = !replayed.hasThrown || !this.#hasCompounds;
    for (const action of actions) this.#visit(action, false);
    const missed = this.#known();
    if (missed) this.#diverged(missed, 'nothing');
  }

  #visit(action: DurableAction, isInCompound: boolean): void {
    if (this.#hasCompounds && this.#wasMet(action, isInCompound)) return;
    if (action.compoundActions) {
      for (const each of action.compoundActions) this.#visit(each, true);
      return;
    }
    if (this.#isKnownCall(action)) return;
    const plans = plansOf(action, { locked: this.#locked, settings: this.#replayed.settings });
    for (const plan of plans ?? []) this.#schedule(plan);
    if (plans && action.isCanceled) this.cancelledTimers.push(this.#nextId - 1);
    if (action.actionType === actionType.waitForExternalEvent) this.#await(action.externalEventName ?? '');
    if (action.actionType === actionType.continueAsNew) this.continuedWith = action;
  }

  #wasMet(action: DurableAction, isInCompound: boolean): boolean {
    const { hasThrown } = this.#replayed;
    const identity = hasThrown ? JSON.stringify(action) : action;
    if (this.#met.has(identity) && (isInCompound || !hasThrown)) return true;
    this.#met.add(identity);
    return false;
  }

  /** What the history has under the next id. */
  #known(): SchedulingEvent | undefined {
    const { scheduled } = this.#replayed;
    for (; ; this.#nextId++) {
      const known = scheduled[this.#nextId];
      if (known !== 'retried') return known;
    }
  }

  /** What was scheduled long ago is most of a long history: no plan is made of it. */
  #isKnownCall(action: DurableAction): boolean {
    const known = this.#known();
    if (!known || !isSameCall(known, action)) return false;
    this.#nextId++;
    return true;
  }

  #schedule(plan: NonNullable<ReturnType<typeof plansOf>>[number]): void {
    const known = this.#known();
    const taskId = this.#nextId++;
    if (plan.kind === 'lock') this.#locked = plan.entityIds;
    if (!known) this.tasks.push({ ...plan, taskId });
    else if (describeEvent(known) !== describePlan(plan)) this.#diverged(known, describePlan(plan));
  }

  #await(name: string): void {
    this.awaitedEvents.set(name, (this.awaitedEvents.get(name) ?? 0) + 1);
  }

  #diverged(known: SchedulingEvent, now: string): void {
    if (!this.#isChecked) return;
    const { name, state } = this.#replayed;
    const error = state.error === undefined ? '' : ` The orchestrator then threw: ${state.error}`;
    throw new Error(
      `Orchestrator '${name}' is not deterministic: task ${known.EventId} was ${describeEvent(known)}, and in the replay it is ${now}. ` +
        `On replay an orchestrator must schedule the same tasks in the same order; was its code changed while this instance was running?${error}`,
    );
  }
}
