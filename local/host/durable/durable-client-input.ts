// The durableClient input as the Durable extension binds it (durable-functions/lib/src/durableClient/
// OrchestrationClientInputData).
import { hubQuery, managementLinks } from '../../durable-protocol/management-links.ts';

export interface DurableClientOptions {
  readonly taskHubName: string;
  /** Where clients reach the app from outside, http://127.0.0.1:7071: the addresses the app hands out begin with it. */
  readonly origin: string;
  /** Where the app's own calls go, with a slash at the end. Default: the webhooks at `origin`. */
  readonly rpcBaseUrl?: string;
}

/** JSON, as the binding's `string`. */
export function durableClientInput({ taskHubName, origin, rpcBaseUrl }: DurableClientOptions): string {
  const base = `${origin}/runtime/webhooks/durabletask`;
  const query = hubQuery(taskHubName);
  const create = `${base}/orchestrators/{functionName}[/{instanceId}]?${query}`;
  return JSON.stringify({
    taskHubName,
    creationUrls: {
      createNewInstancePostUri: create,
      createAndWaitOnNewInstancePostUri: `${create}&timeout={timeoutInSeconds}&pollingInterval={intervalInSeconds}`,
    },
    managementUrls: managementLinks(base, 'INSTANCEID', query),
    baseUrl: base,
    requiredQueryStringParameters: query,
    // The library resolves relative addresses against it: hence the slash.
    rpcBaseUrl: rpcBaseUrl ?? `${base}/`,
  });
}
