// The hubs as the store has them after a restart: the ends of every log, no event.
import type { Hubs } from '../../broker/logs/hub.ts';
import { decodeEnds, decodeProducer, logSpaces } from '../../broker/logs/log-records.ts';
import { decodeJson, putJson } from '../../broker/records/records.ts';
import type { Store } from '../../store/store.ts';
import { allRows } from '../all-rows.ts';

/** Fills in what is stored, and stores when a hub was made. */
export async function recoverHubs(hubs: Hubs, store: Store, nowMs: number): Promise<Hubs> {
  const logs = new Map(
    Array.from(hubs.values()).flatMap(({ partitions }) => partitions.map((log) => [log.key, log] as const)),
  );
  let strays = 0;
  for await (const { key, value } of allRows(store, logSpaces.ends)) {
    const log = logs.get(key);
    if (log) log.readable = log.ends = decodeEnds(value);
    else strays += 1;
  }
  if (strays > 0)
    console.warn(`local Event Hubs: ${strays} stored partitions are no longer in the topology; they are kept.`);
  for await (const { key, value } of allRows(store, logSpaces.producers)) {
    const { logKey, id, producer } = decodeProducer(key, value);
    logs.get(logKey)?.producers.set(id, producer);
  }
  const createdAt = new Map<string, number>();
  for await (const { key, value } of allRows(store, logSpaces.hubs)) createdAt.set(key, decodeJson(value) as number);
  const newHubs = [...hubs.keys()].filter((key) => !createdAt.has(key));
  for (const hub of hubs.values()) hub.createdAtMs = createdAt.get(hub.key) ?? nowMs;
  if (newHubs.length > 0) await store.commit(newHubs.map((key) => putJson(logSpaces.hubs, key, nowMs)));
  return hubs;
}
