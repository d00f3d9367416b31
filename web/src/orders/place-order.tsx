import { AnsweredForm } from '../answered-form.tsx';
import { placeOrder, products } from '../api/orders.ts';
import { useAnswer } from '../use-answer.ts';

const methods = [
  ['pm_card_visa', 'a card that pays'],
  ['pm_card_chargeDeclined', 'a card that is declined'],
] as const;

interface PlaceOrderProps {
  readonly customerId: string;
  readonly placed: (orderId: string) => void;
}

export function PlaceOrder({ customerId, placed }: PlaceOrderProps) {
  const { value, error } = useAnswer(products, 'products', 30_000);
  const place = async (field: (name: string) => string): Promise<string> => {
    const { orderId } = await placeOrder(customerId, field('sku'), Number(field('quantity')), field('method'));
    placed(orderId);
    return 'The order is accepted.';
  };
  return (
    <AnsweredForm send={place} button="Place order" disabled={value === undefined} notice={error}>
      <label class="wide">
        Product
        <select name="sku">
          {value?.items.map(({ sku, name, price, currency }) => (
            <option key={sku} value={sku}>
              {name}, {price} {currency}
            </option>
          ))}
        </select>
      </label>
      <label class="narrow">
        Quantity
        <input name="quantity" type="number" defaultValue="1" min="1" required />
      </label>
      <label>
        Paid by
        <select name="method">
          {methods.map(([method, name]) => (
            <option key={method} value={method}>
              {name}
            </option>
          ))}
        </select>
      </label>
    </AnsweredForm>
  );
}
