// The names of azurite 3.37.0 that its package does not declare (it is pinned; test/contract/storage-durability.test.ts holds them).
declare module 'azurite/dist/src/*' {
  import type { Server } from 'node:http';

  /** A LokiJS database: all of it in memory, saved as one JSON file. */
  export interface LokiDatabase {
    throttledSaves: boolean;
    autosaveDisable(): void;
    autosaveDirty(): boolean;
    saveDatabase(done: (error?: Error) => void): void;
  }

  export interface AzuriteServer {
    readonly httpServer: Server;
    readonly metadataStore: { readonly db: LokiDatabase };
    readonly extentMetadataStore: { readonly db: LokiDatabase };
    start(): Promise<void>;
    close(): Promise<void>;
  }

  const exports: {
    // Configuration classes and server classes alike are the default export of a CommonJS module.
    readonly default: new (
      ...positional: unknown[]
    ) => AzuriteServer;
  };
  export default exports;
}
