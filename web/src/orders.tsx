import { useState } from 'preact/hooks';
import { cancelOrder, orderEvents, orders, type OrderSummary } from './api.ts';
import { usePoll } from './use-poll.ts';

export function Orders({ customerId }: { readonly customerId: string }) {
  const { value, error } = usePoll(() => orders(customerId), customerId);
  const [open, setOpen] = useState('');
  return (
    <section>
      <h2>Orders</h2>
      {error === undefined ? null : <p class="error">{error}</p>}
      {value?.items.length === 0 ? <p>No orders yet.</p> : null}
      {value?.items.map((order) => (
        <OrderRow
          key={order.orderId}
          order={order}
          open={open === order.orderId}
          toggle={() => setOpen(open === order.orderId ? '' : order.orderId)}
        />
      ))}
    </section>
  );
}

interface OrderRowProps {
  readonly order: OrderSummary;
  readonly open: boolean;
  readonly toggle: () => void;
}

function OrderRow({ order, open, toggle }: OrderRowProps) {
  const { orderId, status, total, createdAt } = order;
  return (
    <article>
      <button type="button" class="row" aria-expanded={open} onClick={toggle}>
        <span class={`status ${status}`}>{status}</span>
        <code>{orderId}</code>
        <span class="number">
          {(total.amountMinor / 100).toFixed(2)} {total.currency}
        </span>
        <time>{createdAt.slice(11, 19)}</time>
      </button>
      {open ? <OrderEvents orderId={orderId} /> : null}
    </article>
  );
}

function OrderEvents({ orderId }: { readonly orderId: string }) {
  const { value } = usePoll(() => orderEvents(orderId), orderId);
  const [refusal, setRefusal] = useState('');
  const cancel = async (): Promise<void> => {
    try {
      await cancelOrder(orderId);
    } catch (error) {
      setRefusal(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <div class="events">
      <ol>
        {value?.items.map(({ version, type, at, data }) => (
          <li key={version}>
            <time>{at.slice(11, 23)}</time> <strong>{type}</strong> <code>{JSON.stringify(data)}</code>
          </li>
        ))}
      </ol>
      <button type="button" onClick={() => void cancel()}>
        Cancel order
      </button>
      <output>{refusal}</output>
    </div>
  );
}
