// Forwarding between entities: every target exists and takes messages, and no message goes round in circles.
import type { DeliverySettings, NamespaceDefinition } from '../broker/entities/definitions.ts';

/** Service Bus moves a message at most this often. */
const maxHops = 4;

interface Entity {
  readonly path: string;
  /** Where its messages can go on to. */
  readonly targets: readonly { readonly property: string; readonly name: string }[];
}

/** @throws Error naming the entity */
export function checkForwarding({ queues, topics }: NamespaceDefinition, source: string): void {
  const entities = new Map<string, Entity>();
  const add = (path: string, targets: Entity['targets']) => {
    if (entities.has(path.toLowerCase())) throw new Error(`${source}: there are two entities named '${path}'.`);
    entities.set(path.toLowerCase(), { path, targets });
  };
  for (const queue of queues) add(queue.name, targetsOf(queue));
  for (const topic of topics) {
    const paths = topic.subscriptions.map(({ name }) => `${topic.name}/Subscriptions/${name}`);
    add(
      topic.name,
      paths.map((name) => ({ property: 'subscriptions', name })),
    );
    for (const [position, subscription] of topic.subscriptions.entries())
      add(paths[position] as string, targetsOf(subscription));
  }
  for (const entity of entities.values()) follow(entity, entities, source, []);
}

function targetsOf({ forwardTo, forwardDeadLetteredMessagesTo }: DeliverySettings): Entity['targets'] {
  return Object.entries({ forwardTo, forwardDeadLetteredMessagesTo }).flatMap(([property, name]) =>
    name === undefined ? [] : [{ property, name }],
  );
}

function follow(entity: Entity, entities: ReadonlyMap<string, Entity>, source: string, way: readonly string[]): void {
  const wayHere = [...way, entity.path];
  if (way.includes(entity.path))
    throw new Error(`${source}: forwarding goes round in circles: ${wayHere.join(' → ')}.`);
  const hops = wayHere.filter((path) => !path.includes('/Subscriptions/')).length - 1;
  if (hops > maxHops) throw new Error(`${source}: forwarding takes more than ${maxHops} hops: ${wayHere.join(' → ')}.`);
  for (const { property, name } of entity.targets) {
    const target = entities.get(name.toLowerCase());
    if (!target || (property !== 'subscriptions' && name.includes('/')))
      throw new Error(
        `${source}: ${property} of '${entity.path}' must name a queue or topic of this file, not '${name}'.`,
      );
    follow(target, entities, source, wayHere);
  }
}
