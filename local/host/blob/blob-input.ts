// Input binding of a blob: its whole content. There is no value (undefined, as in Azure) where there is no such blob.
import type { RestError } from '@azure/storage-blob';
import type { ReadInput } from '../read-input.ts';
import type { Environment } from '../settings.ts';
import { blobFinder } from './blob-clients.ts';
import { blobData } from './run-blob.ts';

export function createBlobInput(environment: Environment): ReadInput {
  const find = blobFinder(environment);
  return async (binding, expand) => {
    try {
      const content = await find(binding, expand).blob.downloadToBuffer();
      return blobData(content, binding['dataType']);
    } catch (error) {
      if ((error as RestError).statusCode === 404) return undefined;
      throw error;
    }
  };
}
