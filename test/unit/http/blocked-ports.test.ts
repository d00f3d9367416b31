import { expect, test } from 'vitest';
import { isBlockedPort } from '../../../local/http/blocked-ports.ts';

const whyNot = async (port: number): Promise<string> => {
  try {
    await fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(2_000) });
    return 'called';
  } catch (error) {
    return String((error as Error).cause ?? error);
  }
};

test('the ports that are refused are those that fetch does not call', async () => {
  const ports = Array.from({ length: 11_000 }, (_, n) => n + 1).filter((port) => isBlockedPort(port));
  expect(ports.length).toBeGreaterThan(80);
  for (const port of ports) expect([port, await whyNot(port)]).toEqual([port, 'Error: bad port']);
});

test.each([80, 443, 5671, 5999, 6001, 7071, 7072, 8080, 10_000, 10_001, 10_002])(
  'fetch calls port %i',
  async (port) => {
    expect(isBlockedPort(port)).toBe(false);
    expect(await whyNot(port)).not.toContain('bad port');
  },
);
