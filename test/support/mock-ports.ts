// Puts a world in the place of everything the app asks for: what functions/<capability>/ports.ts and the adapters export.
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { vi } from 'vitest';

const adapters = ['blobs/claims.ts', 'environment.ts', 'messaging/outbox-sender.ts', 'messaging/service-bus.ts'];
const modules = [...globSync('functions/*/ports.ts'), ...adapters.map((name) => join('shared/adapters', name))];

/**
 * To be called before a module of the app is imported.
 * @param world by the names of the exports; asked at each use, so that it may change between tests
 */
export function mockPorts(world: () => Readonly<Record<string, unknown>>): void {
  const ports = new Proxy<Record<string, unknown>>(
    {},
    {
      get: (_, name) => (typeof name === 'string' && name !== 'then' ? world()[name] : undefined),
      has: (_, name) => name !== 'then',
    },
  );
  for (const module of modules) vi.doMock(join(process.cwd(), module), () => ports);
}
