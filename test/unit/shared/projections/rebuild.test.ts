import { expect, test } from 'vitest';
import { beginRebuild, newProjection, type Projection } from '../../../../shared/projections/projection.ts';
import {
  firstStep,
  rebuildStep,
  type RebuildPorts,
  type RebuildState,
} from '../../../../shared/projections/rebuild.ts';

const at = '2026-01-01T00:00:00.000Z';

/** A projection of so many orders in memory, whose rows are the ids that were put. */
function memoryWorld(count: number) {
  const ids = Array.from({ length: count }, (_, n) => `order-${String(n).padStart(5, '0')}`);
  const rows = new Map<string, Set<string>>([['0', new Set(['old'])]]);
  let projection: Projection = newProjection;
  let mostAtOnce = 0;
  const ports: RebuildPorts = {
    projections: {
      read: async () => projection,
      change: async (_name, decide) => (projection = decide(projection)),
    },
    orderIds: async ({ limit, continuation = '0' }) => {
      const next = Number(continuation) + limit;
      const orderIds = ids.slice(Number(continuation), next);
      return next < ids.length ? { orderIds, continuation: String(next) } : { orderIds };
    },
    project: async (_name, generation, orderIds) => {
      mostAtOnce = Math.max(mostAtOnce, orderIds.length);
      const read = orderIds.filter((id) => !id.endsWith('00013'));
      rows.set(generation, new Set([...(rows.get(generation) ?? []), ...read]));
      return orderIds.length - read.length;
    },
    removeSome: async (_name, generation) => rows.delete(generation),
    now: () => Date.parse(at),
  };
  const begin = (id: string, from?: string): RebuildState => {
    projection = beginRebuild(projection, { id, from, at });
    if (projection.rebuild === undefined) throw new Error('nothing was begun');
    return firstStep('daily-sales', projection.rebuild);
  };
  return { ports, rows, begin, mostAtOnce: () => mostAtOnce, projection: () => projection };
}

/** Every step runs twice, as after a crash between its work and its answer. */
async function runToEnd(ports: RebuildPorts, first: RebuildState): Promise<string[]> {
  const phases: string[] = [];
  for (let state = first; state.phase !== 'done'; ) {
    phases.push(state.phase);
    await rebuildStep(ports, state);
    state = await rebuildStep(ports, state);
  }
  return phases;
}

test('a rebuild whose every step runs twice has all orders, is read at its end, and leaves nothing of the old one', async () => {
  const world = memoryWorld(2_345);
  const phases = await runToEnd(world.ports, world.begin('a'));
  expect([...new Set(phases)]).toEqual(['count', 'project', 'swapped', 'remove']);
  expect(world.rows.get('a')?.size).toBe(2_344);
  expect([...world.rows.keys()]).toEqual(['a']);
  expect(world.projection()).toMatchObject({
    live: 'a',
    leftovers: [],
    last: { total: 2_345, orders: 2_345, skipped: 1 },
  });
  expect(world.mostAtOnce()).toBeLessThanOrEqual(100);
});

test('a rebuild from a time on writes into the generation that is read', async () => {
  const world = memoryWorld(10);
  await runToEnd(world.ports, world.begin('a', at));
  expect([...world.rows.keys()]).toEqual(['0']);
  expect(world.projection()).toMatchObject({ live: '0', last: { orders: 10 } });
});

test('a rebuild that lost its place to another ends without a swap', async () => {
  const world = memoryWorld(500);
  let state = world.begin('a');
  state = await rebuildStep(world.ports, state);
  await world.ports.projections.change('daily-sales', (projection) => beginRebuild(projection, { id: 'b', at }, 'a'));
  await runToEnd(world.ports, state);
  expect(world.projection()).toMatchObject({ live: '0', rebuild: { id: 'b' }, leftovers: ['a'] });
});
