// Tells of every blob that came, changed its content or went, whoever's doing it was. HTTP would not say it rightly (the length of a
// block list is not the blob's, a batch hides its deletes), so Azurite's own store of blobs is watched, by private names.
import type { BlobId, BlobMetadataStore, BlobModel, BlobRequestContext } from 'azurite/dist/src/blob/BlobServer.js';
import type { BlobApi } from './blob-event.ts';

export type OnBlobChange = (api: BlobApi, blob: BlobModel, context: BlobRequestContext) => void;

/**
 * `onChange` runs in the turn of the event loop in which the change was made, so before any save of the database.
 * @throws Error when this Azurite has no such names
 */
export function watchBlobs(store: BlobMetadataStore, onChange: OnBlobChange): void {
  const original = originalsOf(store);

  async function changed(api: BlobApi, context: BlobRequestContext, { account, container, blob }: BlobId) {
    const model = await store.getBlob(context, account, container, blob);
    if (model) onChange(api, model, context);
  }

  store.createBlob = async (context, blob, ...conditions) => {
    const result = await original.createBlob(context, blob, ...conditions);
    await changed('PutBlob', context, idOf(blob));
    return result;
  };
  store.commitBlockList = async (context, blob, ...more) => {
    const result = await original.commitBlockList(context, blob, ...more);
    await changed('PutBlockList', context, idOf(blob));
    return result;
  };
  for (const copy of ['startCopyFromURL', 'copyFromURL'] as const) {
    store[copy] = async (context, source, to, ...more) => {
      const result = await original[copy](context, source, to, ...more);
      await changed('CopyBlob', context, to);
      return result;
    };
  }
  store.deleteBlob = async (context, account, container, name, options) => {
    const found = await store.getBlob(context, account, container, name);
    // Azurite may change a document that it removes.
    const before = found && { ...found, properties: { ...found.properties } };
    const result = await original.deleteBlob(context, account, container, name, options);
    // Snapshots come and go without an event.
    const isWhole = !options.snapshot && options.deleteSnapshots !== 'only';
    if (before && isWhole) onChange('DeleteBlob', before, context);
    return result;
  };
}

function idOf({ accountName, containerName, name }: BlobModel): BlobId {
  return { account: accountName, container: containerName, blob: name };
}

const watched = ['createBlob', 'commitBlockList', 'startCopyFromURL', 'copyFromURL', 'deleteBlob'] as const;

function originalsOf(store: BlobMetadataStore): Pick<BlobMetadataStore, (typeof watched)[number]> {
  for (const name of [...watched, 'getBlob'] as const) {
    if (typeof store[name] !== 'function')
      throw new Error(
        `This Azurite has no ${name} in its store of blobs: blob events need the pinned version, 3.37.0.`,
      );
  }
  const entries = watched.map((name) => [name, store[name].bind(store)]);
  return Object.fromEntries(entries) as Pick<BlobMetadataStore, (typeof watched)[number]>;
}
