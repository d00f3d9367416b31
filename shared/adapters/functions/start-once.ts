import type { DurableClient } from 'durable-functions';

/** Starts the orchestration unless an instance of this id was ever started. Answers whether it did. */
export async function startOnce(
  client: DurableClient,
  name: string,
  instanceId: string,
  input: unknown,
): Promise<boolean> {
  if (await wasStarted(client, instanceId)) return false;
  try {
    await client.startNew(name, { instanceId, input });
    return true;
  } catch (error) {
    if (!(await wasStarted(client, instanceId))) throw error;
    return false;
  }
}

/** Whether there ever was an instance of this id. */
export async function wasStarted(client: DurableClient, instanceId: string): Promise<boolean> {
  try {
    await client.getStatus(instanceId);
    return true;
  } catch (error) {
    if (error instanceof Error && /404|no instance/i.test(error.message)) return false;
    throw error;
  }
}
