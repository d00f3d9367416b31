// What keeps failing behind everybody's back: told on the console once for each subject and cause, and again when it goes on; listed for
// people at /local/health.
export interface Trouble {
  readonly subject: string;
  readonly cause: string;
  readonly since: string;
}

export interface Troubles {
  /** To be called at each failure. */
  fails(subject: string, cause: string): void;
  /** To be called at each success. */
  works(subject: string): void;
  list(): readonly Trouble[];
}

export function createTroubles(say: (line: string) => void, now: () => number = Date.now): Troubles {
  const open = new Map<string, Trouble>();
  return {
    fails: (subject, cause) => {
      const known = open.get(subject);
      if (known?.cause === cause) return;
      open.set(subject, { subject, cause, since: known?.since ?? new Date(now()).toISOString() });
      say(`${subject} keeps failing and is tried again: ${cause}`);
    },
    works: (subject) => {
      if (open.delete(subject)) say(`${subject} works again`);
    },
    list: () => [...open.values()],
  };
}
