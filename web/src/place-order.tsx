import { useState } from 'preact/hooks';
import { placeOrder, products } from './api.ts';
import { usePoll } from './use-poll.ts';

const methods = ['pm_card_visa', 'pm_card_chargeDeclined'];

export function PlaceOrder({ customerId }: { readonly customerId: string }) {
  const { value, error } = usePoll(products, 'products', 30_000);
  const [answer, setAnswer] = useState('');

  const submit = async (form: HTMLFormElement): Promise<void> => {
    const fields = new FormData(form);
    const field = (name: string): string => {
      const text = fields.get(name);
      return typeof text === 'string' ? text : '';
    };
    try {
      const { orderId } = await placeOrder(customerId, field('sku'), Number(field('quantity')), field('method'));
      setAnswer(`accepted as ${orderId}`);
    } catch (thrown) {
      setAnswer(thrown instanceof Error ? thrown.message : String(thrown));
    }
  };

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void submit(event.currentTarget);
      }}
    >
      <select name="sku" aria-label="Product">
        {value?.items.map(({ sku, name, price, currency }) => (
          <option key={sku} value={sku}>
            {name}, {price} {currency}
          </option>
        ))}
      </select>
      <input name="quantity" type="number" value="1" min="1" aria-label="Quantity" />
      <select name="method" aria-label="Payment method">
        {methods.map((method) => (
          <option key={method}>{method}</option>
        ))}
      </select>
      <button type="submit">Place order</button>
      <output>{answer || error}</output>
    </form>
  );
}
