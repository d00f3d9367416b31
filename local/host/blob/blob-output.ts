// Output binding of a blob: text, bytes, or JSON of anything else, in place of what was there. The container is made where
// it is missing, as Azure's binding does.
import type { RestError } from '@azure/storage-blob';
import type { TypedData } from '../function-app.ts';
import type { SendOutput } from '../output-items.ts';
import type { Environment } from '../settings.ts';
import { blobFinder } from './blob-clients.ts';

export function createBlobOutput(environment: Environment): SendOutput {
  const find = blobFinder(environment);
  return async (binding, value, expand) => {
    const { container, blob } = find(binding, expand);
    const content = contentOf(value);
    try {
      await blob.uploadData(content);
    } catch (error) {
      if ((error as RestError).code !== 'ContainerNotFound') throw error;
      await container.createIfNotExists();
      await blob.uploadData(content);
    }
  };
}

function contentOf(value: TypedData): Buffer {
  if ('bytes' in value) return Buffer.from(value.bytes);
  return Buffer.from(String(Object.values(value)[0]));
}
