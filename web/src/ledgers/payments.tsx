import { payments } from '../api/ledgers.ts';
import { Status } from '../status.tsx';
import { amountOf, shortId } from '../text.ts';
import { useAnswer } from '../use-answer.ts';

export function Payments() {
  const { value = [], error } = useAnswer(payments, 'payments', 2000);
  return (
    <>
      <h2 id="payments">Payment provider’s ledger</h2>
      <div class="ledger" role="region" aria-labelledby="payments" tabIndex={0}>
        {error === undefined ? null : <output>{error}</output>}
        <table>
          <thead>
            <tr>
              <th scope="col">Order</th>
              <th scope="col">Status</th>
              <th scope="col" class="number">
                Captured
              </th>
              <th scope="col" class="number">
                Refunded
              </th>
            </tr>
          </thead>
          <tbody>
            {value
              .slice(-20)
              .toReversed()
              .map(({ id, orderId = '', status, capturedMinor, refundedMinor, currency }) => (
                <tr key={id}>
                  <td>
                    <code title={`${id} of order ${orderId}`}>{shortId(orderId)}</code>
                  </td>
                  <td>
                    <Status of={status} />
                  </td>
                  <td class="number">{amountOf(capturedMinor, currency)}</td>
                  <td class="number">{amountOf(refundedMinor, currency)}</td>
                </tr>
              ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
