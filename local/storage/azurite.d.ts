// The names of azurite 3.37.0 that its package does not declare (it is pinned; test/contract/storage-*.test.ts hold them).
declare module 'azurite/dist/src/*' {
  import type { Server } from 'node:http';

  /** A LokiJS database: all of it in memory, saved as one JSON file. */
  export interface SavedDatabase {
    throttledSaves: boolean;
    autosaveDisable(): void;
    autosaveDirty(): boolean;
    saveDatabase(done: (error?: Error) => void): void;
  }

  export interface LokiDatabase extends SavedDatabase {
    getCollection<T>(name: string): LokiCollection<T> | null;
    addCollection<T>(name: string): LokiCollection<T>;
  }

  /** What is read out of it are its own documents: they carry a `$loki` and go back to `remove`. */
  export interface LokiCollection<T> {
    insert(document: T): void;
    remove(documents: T[]): void;
    /** In the order of insertion. */
    chain(): { limit(count: number): { data(): T[] } };
  }

  /** Its operations reject when nothing has changed, and never leave the process's memory. */
  export interface BlobMetadataStore {
    readonly db: LokiDatabase;
    createBlob(context: BlobRequestContext, blob: BlobModel, ...conditions: unknown[]): Promise<unknown>;
    commitBlockList(context: BlobRequestContext, blob: BlobModel, ...more: unknown[]): Promise<unknown>;
    startCopyFromURL(context: BlobRequestContext, source: BlobId, to: BlobId, ...more: unknown[]): Promise<unknown>;
    copyFromURL(context: BlobRequestContext, source: BlobId, to: BlobId, ...more: unknown[]): Promise<unknown>;
    deleteBlob(
      context: BlobRequestContext,
      account: string,
      container: string,
      blob: string,
      options: { readonly snapshot?: string; readonly deleteSnapshots?: 'include' | 'only' },
    ): Promise<unknown>;
    getBlob(
      context: BlobRequestContext,
      account: string,
      container: string,
      blob: string,
    ): Promise<BlobModel | undefined>;
  }

  export interface BlobRequestContext {
    /** The answer's x-ms-request-id. */
    readonly contextId: string;
    readonly request?: { getHeader(name: string): string | undefined };
  }

  export interface BlobId {
    readonly account: string;
    readonly container: string;
    readonly blob: string;
  }

  export interface BlobModel {
    readonly accountName: string;
    readonly containerName: string;
    readonly name: string;
    readonly properties: {
      readonly etag: string;
      readonly contentType?: string;
      readonly contentLength?: number;
      readonly blobType?: string;
    };
  }

  export interface AzuriteServer {
    readonly httpServer: Server;
    readonly metadataStore: { readonly db: LokiDatabase };
    readonly extentMetadataStore: { readonly db: LokiDatabase };
    start(): Promise<void>;
    close(): Promise<void>;
  }

  export interface AzuriteBlobServer extends AzuriteServer {
    readonly metadataStore: BlobMetadataStore;
  }

  const exports: {
    // Configuration classes and server classes alike are the default export of a CommonJS module.
    readonly default: new (
      ...positional: unknown[]
    ) => AzuriteBlobServer;
  };
  export default exports;
}
