// The hosts that can take a request now, in turn; a request that finds none waits a little, because a host that died is on its way back.

export interface HostPool {
  add(port: number): void;
  remove(port: number): void;
  /** A living host's port; undefined when none came within `waitMs`, or never will (`close`). */
  next(waitMs: number): Promise<number | undefined>;
  close(): void;
}

export function createHostPool(): HostPool {
  let ports: readonly number[] = [];
  let turn = 0;
  let closed = false;
  const waiting = new Set<() => void>();

  const wakeAll = () => {
    for (const wake of waiting) wake();
  };
  const pick = () => {
    turn = (turn + 1) % Math.max(1, ports.length);
    return ports[turn];
  };
  return {
    add: (port) => {
      ports = [...ports.filter((known) => known !== port), port];
      wakeAll();
    },
    remove: (port) => {
      ports = ports.filter((known) => known !== port);
    },
    next: async (waitMs) => {
      if (ports.length === 0 && !closed) {
        await new Promise<void>((resolve) => {
          const wake = () => {
            clearTimeout(timer);
            waiting.delete(wake);
            resolve();
          };
          const timer = setTimeout(wake, waitMs);
          waiting.add(wake);
        });
      }
      return pick();
    },
    close: () => {
      closed = true;
      wakeAll();
    },
  };
}
