/** Builds its answer at the first call and gives the same one from then on. */
export function once<T>(build: () => T): () => T {
  let built: { readonly it: T } | undefined;
  return () => (built ??= { it: build() }).it;
}

/** The same for each name. */
export function onceEach<T>(build: (name: string) => T): (name: string) => T {
  const built = new Map<string, T>();
  return (name) => {
    if (!built.has(name)) built.set(name, build(name));
    return built.get(name) as T;
  };
}
