import { useState } from 'preact/hooks';
import type { OrderSummary } from '../api/orders.ts';
import { Picker } from '../picker.tsx';
import { Status } from '../status.tsx';
import { amountOf, shortId, timeOf } from '../text.ts';
import { OrderEvents } from './order-events.tsx';
import { PlaceOrder } from './place-order.tsx';

interface OrdersProps {
  readonly customerId: string;
  readonly orders: readonly OrderSummary[] | undefined;
}

export function Orders({ customerId, orders }: OrdersProps) {
  const [chosen, choose] = useState('');
  return (
    <section aria-labelledby="orders">
      <h2 id="orders">Orders</h2>
      <PlaceOrder customerId={customerId} placed={choose} />
      <Picker
        label="Orders, newest first"
        items={orders}
        empty="No orders of this customer yet."
        idOf={({ orderId }) => orderId}
        chosen={chosen}
        choose={choose}
      >
        {({ orderId, status, total, createdAt }) => (
          <>
            <Status of={status} />
            <code title={orderId}>{shortId(orderId)}</code>
            <span class="number">{amountOf(total.amountMinor, total.currency)}</span>
            <time dateTime={createdAt}>{timeOf(createdAt)}</time>
          </>
        )}
      </Picker>
      <div class="detail">
        {chosen === '' ? (
          <p class="quiet">Choose an order to see its events.</p>
        ) : (
          <OrderEvents
            key={chosen}
            orderId={chosen}
            version={orders?.find((each) => each.orderId === chosen)?.version}
          />
        )}
      </div>
    </section>
  );
}
