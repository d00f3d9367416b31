// One activity: its result as JSON text, or the shape of its failure that durable-functions reads.
import type { FailureDetails } from '../../durable-protocol/history-event.ts';
import type { ActivityOutcome, ActivityWork } from '../../durable-protocol/work.ts';
import type { Invoke, LoadedFunction } from '../function-app.ts';
import { jsonText } from './planned-task.ts';
import { reason } from './run-orchestrator.ts';

export async function runActivity(work: ActivityWork, fn: LoadedFunction, invoke: Invoke): Promise<ActivityOutcome> {
  try {
    const { raw } = await invoke({
      fn,
      reason,
      data: { json: work.input },
      triggerMetadata: { InstanceId: { json: JSON.stringify(work.instanceId) } },
    });
    return { kind: 'completed', result: jsonText(raw) };
  } catch (error) {
    return activityFailure(fn.name, error instanceof Error ? error.message : String(error));
  }
}

export function activityFailure(name: string, message: string): ActivityOutcome & { kind: 'failed' } {
  const details = failureDetails(message);
  const Details = details?.ErrorMessage ?? message;
  return {
    kind: 'failed',
    Reason: `Activity function '${name}' failed: ${Details}`,
    Details,
    ...(details && { FailureDetails: details }),
  };
}

/** The app's exception properties provider puts its description of the error, as JSON, in the message. */
function failureDetails(message: string): FailureDetails | undefined {
  const described = parsed(message);
  if (typeof described?.['errorType'] !== 'string' || typeof described['errorMessage'] !== 'string') return undefined;
  const { errorType, errorMessage, isNonRetriable, properties, stackTrace } = described;
  return {
    ErrorType: errorType,
    ErrorMessage: errorMessage,
    IsNonRetriable: isNonRetriable === true,
    Properties: (properties ?? null) as FailureDetails['Properties'] & object,
    StackTrace: typeof stackTrace === 'string' ? stackTrace : null,
  };
}

function parsed(text: string): Record<string, unknown> | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
