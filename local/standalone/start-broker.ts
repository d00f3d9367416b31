// `import { startBroker } from 'millrace/broker'`: Service Bus and Event Hubs in the process of a test.
import { parseSources, readSource, type Source } from '../topology/broker-topology.ts';
import type { TopologyFile } from '../topology/topology-file.ts';
import { type Broker, serve } from './serve.ts';

export type { Broker } from './serve.ts';
export type * from '../topology/topology-file.ts';

/** The Config.json of an official emulator, parsed. */
export interface EmulatorConfig {
  readonly UserConfig: object;
}

export interface BrokerOptions {
  /** One or more: the path of a topology.json or of an emulator's Config.json, or what stands in one. */
  readonly topology: TopologySource | readonly TopologySource[];
  /** Default 0: any free one. */
  readonly port?: number;
  /** Folder that keeps messages and events; one broker at a time. Default: in memory, gone with `close`. */
  readonly data?: string;
}

export type TopologySource = string | TopologyFile | EmulatorConfig;

/**
 * Listens on 127.0.0.1 when it resolves. Any number of brokers fit in one process.
 * @throws Error saying what is wrong and where: a file, an entity, the port, the folder
 */
export async function startBroker({ topology, port = 0, data }: BrokerOptions): Promise<Broker> {
  const sources = await Promise.all([topology].flat().map(toSource));
  const store = data === undefined ? ({ ephemeral: true } as const) : { directory: data };
  return serve({ topology: parseSources(sources), store, port });
}

async function toSource(given: TopologySource, index: number): Promise<Source> {
  return typeof given === 'string' ? await readSource(given) : { name: `topology[${index}]`, json: given };
}
