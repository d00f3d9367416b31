// A rebuild as pages: count the orders, project them page by page, swap, remove what nobody reads any more. Each step is repeatable, and
// its state is small: the orchestration hands it from one to the next.
import type { ProjectionName } from './projection.ts';
import {
  dropLeftover,
  finishRebuild,
  generationOf,
  type Projection,
  type Rebuild,
  reportRebuild,
} from './projection.ts';

export interface RebuildState {
  readonly name: ProjectionName;
  readonly id: string;
  readonly from?: string;
  readonly phase: 'count' | 'project' | 'swapped' | 'remove' | 'done';
  readonly continuation?: string | undefined;
  readonly total: number;
  readonly orders: number;
  readonly skipped: number;
}

export interface ProjectionStore {
  /** As it is, or as a new one. */
  read(name: ProjectionName): Promise<Projection>;
  /** Answers the projection as `decide` left it; decides anew when another writer was quicker. @throws AppError concurrent-change */
  change(name: ProjectionName, decide: (projection: Projection) => Projection): Promise<Projection>;
}

export interface RebuildPorts {
  readonly projections: ProjectionStore;
  /** Ids of orders, those with an event since `from` where that is given, each once a page. */
  readonly orderIds: (page: {
    readonly limit: number;
    readonly from?: string | undefined;
    readonly continuation?: string | undefined;
  }) => Promise<{ readonly orderIds: readonly string[]; readonly continuation?: string }>;
  /** Reads the orders and puts their rows; answers how many could not be read. */
  readonly project: (name: ProjectionName, generation: string, orderIds: readonly string[]) => Promise<number>;
  /** Removes some rows of the generation; answers whether there are more. */
  readonly removeSome: (name: ProjectionName, generation: string) => Promise<boolean>;
  readonly now: () => number;
}

const countedAtOnce = 1_000;
const projectedAtOnce = 100;

/** What nobody reads any more stays for so long: a page may just be being read from it. */
export const graceMs = 60_000;

export const firstStep = (name: ProjectionName, { id, from }: Rebuild): RebuildState => ({
  name,
  id,
  ...(from === undefined ? {} : { from }),
  phase: 'count',
  total: 0,
  orders: 0,
  skipped: 0,
});

/** Takes one step and answers what the next one starts from. */
export async function rebuildStep(ports: RebuildPorts, state: RebuildState): Promise<RebuildState> {
  switch (state.phase) {
    case 'count':
      return await count(ports, state);
    case 'project':
      return await project(ports, state);
    case 'swapped':
    case 'remove':
      return await remove(ports, state);
    case 'done':
      return state;
  }
}

async function count(ports: RebuildPorts, state: RebuildState): Promise<RebuildState> {
  const { name, id, from, continuation } = state;
  const page = await ports.orderIds({ limit: countedAtOnce, from, continuation });
  const total = state.total + page.orderIds.length;
  const next = { ...state, total, continuation: page.continuation };
  if (next.continuation !== undefined) return next;
  await ports.projections.change(name, (projection) => reportRebuild(projection, id, { total }));
  return { ...next, phase: 'project' };
}

async function project(ports: RebuildPorts, state: RebuildState): Promise<RebuildState> {
  const { name, id, from, continuation } = state;
  const projection = await ports.projections.read(name);
  const atEnd = from === undefined ? 'swapped' : 'remove';
  // Swapped already, by a step whose answer was lost.
  if (projection.last?.id === id) return { ...state, phase: atEnd };
  // Another one took its place: what this one built is among the leftovers.
  if (projection.rebuild?.id !== id) return { ...state, phase: 'done' };
  const page = await ports.orderIds({ limit: projectedAtOnce, from, continuation });
  const unread = await ports.project(name, generationOf(projection, state), page.orderIds);
  const [orders, skipped] = [state.orders + page.orderIds.length, state.skipped + unread];
  const next = { ...state, orders, skipped, continuation: page.continuation };
  const isLast = next.continuation === undefined;
  await ports.projections.change(name, (current) => {
    const reported = reportRebuild(current, id, { orders, skipped });
    return isLast ? finishRebuild(reported, id, new Date(ports.now()).toISOString()) : reported;
  });
  return isLast ? { ...next, phase: atEnd } : next;
}

async function remove(ports: RebuildPorts, state: RebuildState): Promise<RebuildState> {
  const { name } = state;
  const { leftovers, live, rebuild } = await ports.projections.read(name);
  const generation = leftovers.find((left) => left !== live && left !== rebuild?.id);
  if (generation === undefined) return { ...state, phase: 'done' };
  if (!(await ports.removeSome(name, generation)))
    await ports.projections.change(name, (projection) => dropLeftover(projection, generation));
  return { ...state, phase: 'remove' };
}
