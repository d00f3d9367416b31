import { blobAddresses } from '../../shared/adapters/blobs/addresses.ts';
import { blobs } from '../../shared/adapters/blobs/blobs.ts';
import { blobVideoFiles } from '../../shared/adapters/blobs/video-files.ts';
import { tablePartStore } from '../../shared/adapters/tables/part-store.ts';
import { table } from '../../shared/adapters/tables/table.ts';
import { tableVideoStore } from '../../shared/adapters/tables/video-store.ts';
import { nodeAvEngine } from '../../shared/adapters/video-engine/node-av-engine.ts';
import { tables } from '../../shared/kernel/topology.ts';

export const videos = tableVideoStore(table(tables.videos));
export const videoParts = tablePartStore(table(tables.videos));
export const files = blobVideoFiles(blobs());
export const addresses = blobAddresses(blobs(), Date.now);
export const engine = nodeAvEngine();
