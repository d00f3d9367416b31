// Tells the SDK's consumer at once that its connection is lost. By itself it notices late: a receive that waits ends only when
// its time is up (60 s by default), and the balancing tries again after 30 s, whatever the client's retry options say.
// Uses private names of @azure/event-hubs 6.0.4; test/host/event-hub.test.ts (broker away) notices when they change.
import { MessagingError, type EventHubConsumerClient, type RetryOptions } from '@azure/event-hubs';

interface ConnectionContext {
  connection: { on(event: 'disconnected', listener: () => void): void };
  refreshConnection(): void;
  readonly receivers: Readonly<Record<string, { readonly _onError?: (error: Error) => void }>>;
  readonly managementSession: { getEventHubProperties(options?: object): Promise<unknown> };
}

export function reconnectPromptly(client: EventHubConsumerClient, retryOptions: RetryOptions): void {
  const context = Reflect.get(client, '_context') as ConnectionContext;
  const watchConnection = (): void =>
    context.connection.on('disconnected', () => {
      for (const receiver of Object.values(context.receivers))
        receiver._onError?.(new MessagingError('The connection to Event Hubs was lost.'));
    });
  const refresh = context.refreshConnection.bind(context);
  context.refreshConnection = () => {
    refresh();
    watchConnection();
  };
  watchConnection();
  const { managementSession } = context;
  const ask = managementSession.getEventHubProperties.bind(managementSession);
  managementSession.getEventHubProperties = (options) => ask({ retryOptions, ...options });
}
