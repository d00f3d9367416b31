// The environment and the working directory, which an app takes from its process, lent to it for a while.

export interface BorrowedEnvironment {
  set(values: Readonly<Record<string, string>>): void;
  /** As they were, whoever changed them meanwhile. */
  giveBack(): void;
}

export function borrowEnvironment(): BorrowedEnvironment {
  const before = { ...process.env };
  const folder = process.cwd();
  return {
    set: (values) => void Object.assign(process.env, values),
    giveBack: () => {
      for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
      Object.assign(process.env, before);
      if (process.cwd() !== folder) process.chdir(folder);
    },
  };
}
