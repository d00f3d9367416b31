// host.json's limits of HTTP calls: so many run at once, so many more wait, the rest is refused.

export interface Throttle {
  /** Resolves when the call may run, with what to call at its end; undefined at once when too many wait already. */
  enter(): Promise<(() => void) | undefined>;
}

export function createThrottle(limits: {
  readonly maxConcurrentRequests: number;
  readonly maxOutstandingRequests: number;
}): Throttle {
  let running = 0;
  const waiting: (() => void)[] = [];
  const leave = (): void => {
    const next = waiting.shift();
    if (next) next();
    else running -= 1;
  };
  return {
    enter: async () => {
      if (running + waiting.length >= limits.maxOutstandingRequests) return undefined;
      if (running < limits.maxConcurrentRequests) running += 1;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      return leave;
    },
  };
}
