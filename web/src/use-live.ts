// What the app tells by server-sent events. The stream ends now and then, and with the host: it is opened again.
import { useEffect, useState } from 'preact/hooks';
import type { OperatorTask } from './api/operations.ts';
import type { OrderSummary } from './api/orders.ts';
import type { Device } from './api/telemetry.ts';
import type { Video } from './api/videos.ts';

export interface Live {
  readonly connected: boolean;
  readonly order?: readonly OrderSummary[];
  readonly video?: readonly Video[];
  readonly device?: readonly Device[];
  readonly task?: readonly OperatorTask[];
}

const openAgainMs = 2000;

/** While somebody is typing a name, nobody is asked about half of it. */
const typingMs = 300;

export function useLive(customerId: string): Live {
  const [live, setLive] = useState<Live>({ connected: false });
  useEffect(() => {
    let source: EventSource | undefined;
    let timer = 0;
    const open = (): void => {
      const opened = new EventSource(`/api/v1/live?customerId=${encodeURIComponent(customerId)}`);
      source = opened;
      opened.addEventListener('open', () => setLive((last) => ({ ...last, connected: true })));
      for (const name of ['order', 'video', 'device', 'task']) {
        opened.addEventListener(name, ({ data }: MessageEvent<string>) =>
          setLive((last) => ({ ...last, [name]: JSON.parse(data) as unknown })),
        );
      }
      opened.addEventListener('error', () => {
        setLive((last) => ({ ...last, connected: false }));
        // An answer other than 200 closes it for good: the host is being started again.
        if (opened.readyState === EventSource.CLOSED) timer = window.setTimeout(open, openAgainMs);
      });
    };
    setLive(({ order: _others, ...last }) => last);
    if (customerId !== '') timer = window.setTimeout(open, typingMs);
    return () => {
      window.clearTimeout(timer);
      source?.close();
    };
  }, [customerId]);
  return live;
}
