import { useState } from 'preact/hooks';
import { messageOf } from '../api/ask.ts';
import { cancelOrder, orderEvents } from '../api/orders.ts';
import { timeOf, wordsOf } from '../text.ts';
import { useAnswer } from '../use-answer.ts';

interface OrderEventsProps {
  readonly orderId: string;
  /** Of the list's row: when it grows there are more events. */
  readonly version: number | undefined;
}

export function OrderEvents({ orderId, version }: OrderEventsProps) {
  const { value, error } = useAnswer(() => orderEvents(orderId), `${version}`);
  const [answer, setAnswer] = useState('');
  const cancel = async (): Promise<void> => {
    try {
      await cancelOrder(orderId);
      setAnswer('The order is being cancelled.');
    } catch (refusal) {
      setAnswer(messageOf(refusal));
    }
  };
  return (
    <>
      <p class="bar">
        <code>{orderId}</code>
        <button type="button" onClick={() => void cancel()}>
          Cancel order
        </button>
      </p>
      <output>{answer || error}</output>
      <ol class="events">
        {value?.items.map(({ version: number, type, at, data }) => (
          <li key={number}>
            <time dateTime={at}>{timeOf(at)}</time> <strong>{type}</strong>
            <small>{wordsOf(data)}</small>
          </li>
        ))}
      </ol>
    </>
  );
}
