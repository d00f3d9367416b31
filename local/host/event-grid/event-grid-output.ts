// Output binding to an Event Grid topic: one event or an array of them, in Event Grid's schema or as CloudEvents, posted
// with the topic's key as the publisher client does.
import { neededOption, textOption } from '../binding-options.ts';
import type { Binding, TypedData } from '../function-app.ts';
import { outputItems, type SendOutput } from '../output-items.ts';
import type { Environment } from '../settings.ts';

const patienceMs = 15_000;

export function createEventGridOutput(environment: Environment): SendOutput {
  return async (binding, value) => {
    const events = eventsIn(value);
    if (events.length === 0) return;
    const { url, key } = topicOf(binding, environment);
    const areCloudEvents = events.every((event) => 'specversion' in event);
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': areCloudEvents ? 'application/cloudevents-batch+json' : 'application/json',
        'aeg-sas-key': key,
      },
      body: JSON.stringify(events),
      signal: AbortSignal.timeout(patienceMs),
    });
    const answer = await response.text();
    if (!response.ok) throw new Error(`The Event Grid topic at ${url.href} answered ${response.status}: ${answer}`);
  };
}

function eventsIn(value: TypedData): readonly object[] {
  const parsed: unknown[] = outputItems(value).map(({ body }) => JSON.parse(body.toString()) as unknown);
  return parsed.flat().map((event) => {
    if (typeof event !== 'object' || event === null)
      throw new Error('An Event Grid output takes events: JSON objects.');
    return event;
  });
}

function topicOf(binding: Binding, environment: Environment): { readonly url: URL; readonly key: string } {
  if (textOption(binding, 'connection') !== undefined)
    throw new Error(
      "An Event Grid output by 'connection' needs Azure: locally use topicEndpointUri and topicKeySetting.",
    );
  const endpoint = setting(neededOption(binding, 'topicEndpointUri'), environment);
  const url = new URL(endpoint);
  url.searchParams.set('api-version', '2018-01-01');
  return { url, key: setting(neededOption(binding, 'topicKeySetting'), environment) };
}

function setting(name: string, environment: Environment): string {
  const value = environment[name];
  if (!value) throw new Error(`The setting '${name}' of an Event Grid output is not set.`);
  return value;
}
