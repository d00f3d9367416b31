import { render } from 'preact';
import { useState } from 'preact/hooks';
import { DeadLetters } from './dead-letters/dead-letters.tsx';
import { Devices } from './devices/devices.tsx';
import { Mails } from './ledgers/mails.tsx';
import { Payments } from './ledgers/payments.tsx';
import { Signals } from './operations/signals.tsx';
import { Tasks } from './operations/tasks.tsx';
import { Orders } from './orders/orders.tsx';
import { useLive } from './use-live.ts';
import { Videos } from './videos/videos.tsx';

function Console() {
  const [customerId, setCustomerId] = useState('ada');
  const { connected, order, video, device, task } = useLive(customerId);
  return (
    <>
      <header>
        <h1>Millrace</h1>
        <p class={connected ? 'live' : 'live lost'} role="status">
          {connected ? 'Live' : 'Connecting …'}
        </p>
        <label>
          Customer{' '}
          <input
            value={customerId}
            maxLength={64}
            spellcheck={false}
            onInput={(event) => setCustomerId(event.currentTarget.value.trim())}
          />
        </label>
      </header>
      <main>
        <Orders key={customerId} customerId={customerId} orders={order} />
        <Videos customerId={customerId} videos={video} />
        <Devices devices={device} />
        <section aria-label="What the stand-ins did">
          <Payments />
          <Mails />
        </section>
        <Signals />
        <Tasks tasks={task} />
        <DeadLetters />
      </main>
    </>
  );
}

const root = document.getElementById('console');
if (root !== null) render(<Console />, root);
