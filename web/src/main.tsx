import { render } from 'preact';
import { useState } from 'preact/hooks';
import { mails, payments } from './api.ts';
import { Orders } from './orders.tsx';
import { PlaceOrder } from './place-order.tsx';
import { usePoll } from './use-poll.ts';

function Console() {
  const [customerId, setCustomerId] = useState('ada');
  return (
    <>
      <header>
        <h1>Millrace</h1>
        <label>
          Customer <input value={customerId} onInput={(event) => setCustomerId(event.currentTarget.value)} />
        </label>
      </header>
      <PlaceOrder customerId={customerId} />
      <Orders customerId={customerId} />
      <Payments />
      <Mails />
    </>
  );
}

function Payments() {
  const { value: rows = [] } = usePoll(payments, 'payments', 2000);
  return (
    <section>
      <h2>Payment provider’s ledger</h2>
      <table>
        <thead>
          <tr>
            <th>Payment</th>
            <th>Order</th>
            <th>Status</th>
            <th>Captured</th>
            <th>Refunded</th>
          </tr>
        </thead>
        <tbody>
          {rows
            .slice(-10)
            .toReversed()
            .map((row) => (
              <tr key={row.id}>
                <td>{row.id}</td>
                <td>{row.orderId}</td>
                <td>{row.status}</td>
                <td class="number">{(row.capturedMinor / 100).toFixed(2)}</td>
                <td class="number">{(row.refundedMinor / 100).toFixed(2)}</td>
              </tr>
            ))}
        </tbody>
      </table>
    </section>
  );
}

function Mails() {
  const { value: rows = [] } = usePoll(mails, 'mails', 2000);
  return (
    <section>
      <h2>Mail</h2>
      <ul>
        {rows
          .slice(-10)
          .toReversed()
          .map((mail) => (
            <li key={`${mail.sentAt}${mail.subject}`}>
              <time>{mail.sentAt.slice(11, 19)}</time> {mail.to}: {mail.subject}
            </li>
          ))}
      </ul>
    </section>
  );
}

const root = document.getElementById('console');
if (root !== null) render(<Console />, root);
