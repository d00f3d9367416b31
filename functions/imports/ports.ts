import { blobImportFiles } from '../../shared/adapters/blobs/import-files.ts';
import { container } from '../../shared/adapters/blobs/blobs.ts';
import { containers } from '../../shared/kernel/topology.ts';

export const importFiles = blobImportFiles(container(containers.salesImports));
