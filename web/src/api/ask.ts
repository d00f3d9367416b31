// One request to the app or the local Azure, its answer as JSON.

/** @throws Error with the problem's code and what it says */
export async function ask<T>(path: string, init?: RequestInit): Promise<T> {
  const response = await fetch(path, init);
  const body: unknown = await response.json();
  if (response.ok) return body as T;
  const { code, detail, title } = body as { code?: string; detail?: string; title?: string };
  throw new Error(`${detail ?? title ?? 'The server did not say why'} (${code ?? response.status})`);
}

export const post = (body: unknown, headers: Readonly<Record<string, string>> = {}): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
});

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
