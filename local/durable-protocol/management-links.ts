// The addresses by which an instance is managed, as the Durable extension hands them out.
import type { IncomingHttpHeaders } from 'node:http';
import { hubPath } from './work.ts';

export interface ManagementLinks {
  readonly id: string;
  readonly statusQueryGetUri: string;
  readonly sendEventPostUri: string;
  readonly terminatePostUri: string;
  readonly rewindPostUri: string;
  readonly purgeHistoryDeleteUri: string;
  readonly restartPostUri: string;
  readonly suspendPostUri: string;
  readonly resumePostUri: string;
}

/** `base` is the webhooks' address without a slash at the end; `query` goes on every address. */
export function managementLinks(base: string, instanceId: string, query: string): ManagementLinks {
  const instance = `${base}/instances/${encodeURIComponent(instanceId)}`;
  const reasoned = (verb: string) => `${instance}/${verb}?reason={text}&${query}`;
  return {
    id: instanceId,
    statusQueryGetUri: `${instance}?${query}`,
    sendEventPostUri: `${instance}/raiseEvent/{eventName}?${query}`,
    terminatePostUri: reasoned('terminate'),
    rewindPostUri: reasoned('rewind'),
    purgeHistoryDeleteUri: `${instance}?${query}`,
    restartPostUri: `${instance}/restart?${query}`,
    suspendPostUri: reasoned('suspend'),
    resumePostUri: reasoned('resume'),
  };
}

/** What every address carries; a hub here asks for no key. */
export function hubQuery(taskHubName: string): string {
  return `taskHub=${encodeURIComponent(taskHubName)}&connection=Storage`;
}

/** Where the client finds the webhooks: behind the host it asked, or here when it asked the hub itself. */
export function webhooksBase(headers: IncomingHttpHeaders, taskHubName: string): string {
  const forwardedHost = first(headers['x-forwarded-host']);
  if (forwardedHost === undefined) return `http://${headers.host ?? 'localhost'}${hubPath(taskHubName)}/webhooks`;
  return `${first(headers['x-forwarded-proto']) ?? 'http'}://${forwardedHost}/runtime/webhooks/durabletask`;
}

function first(header: string | string[] | undefined): string | undefined {
  return (Array.isArray(header) ? header[0] : header)?.split(',', 1)[0]?.trim();
}
