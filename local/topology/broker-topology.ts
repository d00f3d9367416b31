// What a broker of its own serves: the queues, topics and hubs of one or more files, each a topology.json or an emulator's Config.json.
import { parseTopology, type Topology, topologyParts } from '../topology.ts';
import { parseEmulatorConfig } from './emulator-config.ts';
import { readJson } from './read-json.ts';

/** Without what only the whole local Azure serves: Event Grid and storage. */
export type BrokerTopology = Pick<Topology, 'serviceBus' | 'eventHubs'>;

/** A file, or what could stand in one. */
export interface Source {
  /** Names it in errors. */
  readonly name: string;
  readonly json: unknown;
}

/** @throws Error naming the file and the place in it */
export async function readSource(file: string): Promise<Source> {
  return { name: file, json: await readJson(file) };
}

/** @throws Error naming the source and the place in it, or the two that have the same entity */
export function parseSources(sources: readonly Source[]): BrokerTopology {
  const parsed = sources.map(parseSource);
  checkNames(parsed, sources);
  return {
    serviceBus: {
      queues: parsed.flatMap(({ serviceBus }) => serviceBus.queues),
      topics: parsed.flatMap(({ serviceBus }) => serviceBus.topics),
    },
    eventHubs: { hubs: parsed.flatMap(({ eventHubs }) => eventHubs.hubs) },
  };
}

function parseSource({ name, json }: Source): BrokerTopology {
  const keys = typeof json === 'object' && json !== null ? Object.keys(json) : [];
  if (keys.includes('UserConfig')) return parseEmulatorConfig(json, name);
  if (topologyParts.some((part) => keys.includes(part))) return parseTopology(json, name);
  throw new Error(
    `${name} is neither a topology.json (it has none of ${topologyParts.join(', ')}) nor an emulator's Config.json (it has no UserConfig).`,
  );
}

/** Clients address all of them on one port, and not by case. */
function checkNames(parsed: readonly BrokerTopology[], sources: readonly Source[]): void {
  const takenBy = new Map<string, string>();
  for (const [index, { serviceBus, eventHubs }] of parsed.entries()) {
    const source = sources[index]?.name ?? '';
    for (const { name } of [...serviceBus.queues, ...serviceBus.topics, ...eventHubs.hubs]) {
      const other = takenBy.get(name.toLowerCase());
      if (other !== undefined)
        throw new Error(`There are two entities named '${name}': one in ${other}, one in ${source}.`);
      takenBy.set(name.toLowerCase(), source);
    }
  }
}
