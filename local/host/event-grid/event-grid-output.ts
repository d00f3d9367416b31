// Output binding to an Event Grid topic: one event or an array of them, in Event Grid's schema or as CloudEvents, posted
// with the topic's key as the publisher client does.
import { neededOption, textOption } from '../binding-options.ts';
import type { Binding, TypedData } from '../function-app.ts';
import { developmentTopicKey } from '../../topology/event-grid.ts';
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

/**
 * By topicEndpointUri and topicKeySetting, or by a connection, whose topic is in the setting `<connection>__topicEndpointUri`.
 * Differs from Azure: an output by a connection shows the key that every local topic has; there the app's identity counts.
 * @throws Error naming what is not set
 */
export function topicOf(binding: Binding, environment: Environment): { readonly url: URL; readonly key: string } {
  const connection = textOption(binding, 'connection');
  const endpoint =
    connection === undefined ? neededOption(binding, 'topicEndpointUri') : `${connection}__topicEndpointUri`;
  const url = new URL(setting(endpoint, environment));
  url.searchParams.set('api-version', '2018-01-01');
  if (connection !== undefined) return { url, key: developmentTopicKey };
  return { url, key: setting(neededOption(binding, 'topicKeySetting'), environment) };
}

function setting(name: string, environment: Environment): string {
  const value = environment[name];
  if (!value) throw new Error(`The setting '${name}' of an Event Grid output is not set.`);
  return value;
}
