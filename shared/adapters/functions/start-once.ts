import type { DurableClient } from 'durable-functions';

/** Starts the orchestration unless an instance of this id was ever started. */
export async function startOnce(
  client: DurableClient,
  name: string,
  instanceId: string,
  input: unknown,
): Promise<void> {
  if (await exists(client, instanceId)) return;
  try {
    await client.startNew(name, { instanceId, input });
  } catch (error) {
    if (!(await exists(client, instanceId))) throw error;
  }
}

async function exists(client: DurableClient, instanceId: string): Promise<boolean> {
  try {
    await client.getStatus(instanceId);
    return true;
  } catch (error) {
    if (error instanceof Error && /404|no instance/i.test(error.message)) return false;
    throw error;
  }
}
