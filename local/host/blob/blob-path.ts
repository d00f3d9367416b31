// Paths of blobs: `container/{name}.{ext}` as a pattern of a trigger, `container/a/b.txt` as the place an input or output means.

export interface BlobPattern {
  readonly container: string;
  /** What the parts in braces stand for in a blob's name, or undefined when it does not fit. */
  match(blobName: string): Readonly<Record<string, string>> | undefined;
}

/** `{{` and `}}` are plain braces; a path that is only a container takes all its blobs. @throws Error that says what is wrong */
export function parseBlobPattern(path: string): BlobPattern {
  const slash = path.indexOf('/');
  const container = slash < 0 ? path : path.slice(0, slash);
  const name = slash < 0 ? '' : path.slice(slash + 1);
  if (!/^(\$root|\$web|[a-z0-9](-?[a-z0-9]){2,62})$/.test(container))
    throw new Error(`The path '${path}' of a blobTrigger must begin with the name of a container and a slash.`);
  if (name === '') return { container, match: () => ({}) };
  const names: string[] = [];
  const source = name.replaceAll(/\{\{|\}\}|\{([^{}]+)\}|[^{}]+|[{}]/g, (part, parameter: string | undefined) => {
    if (parameter === undefined) {
      if (part === '{' || part === '}') throw new Error(`The path '${path}' has a brace without another.`);
      return part
        .replace('{{', '{')
        .replace('}}', '}')
        .replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
    }
    names.push(parameter);
    return '(.*)';
  });
  const pattern = new RegExp(`^${source}$`, 's');
  return {
    container,
    match: (blobName) => {
      const found = pattern.exec(blobName);
      return found ? Object.fromEntries(names.map((each, index) => [each, found[index + 1] ?? ''])) : undefined;
    },
  };
}

/** @throws Error when it names no blob */
export function splitBlobPath(path: string): { readonly container: string; readonly name: string } {
  const slash = path.indexOf('/');
  if (slash < 1 || slash === path.length - 1) throw new Error(`'${path}' names no blob: write container/name.`);
  return { container: path.slice(0, slash), name: path.slice(slash + 1) };
}
