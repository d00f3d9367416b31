// A list of which one thing at a time is looked at more closely. It has one height, so that nothing below it moves.
import type { ComponentChildren } from 'preact';

interface PickerProps<T> {
  readonly label: string;
  /** Undefined until the first answer. */
  readonly items: readonly T[] | undefined;
  readonly empty: string;
  readonly idOf: (item: T) => string;
  readonly chosen: string;
  readonly choose: (id: string) => void;
  readonly children: (item: T) => ComponentChildren;
}

export function Picker<T>({ label, items, empty, idOf, chosen, choose, children }: PickerProps<T>) {
  return (
    <div class="picker">
      {items?.length === 0 ? <p class="quiet">{empty}</p> : null}
      <ul aria-label={label}>
        {items?.map((item) => (
          <li key={idOf(item)}>
            <button type="button" class="row" aria-current={idOf(item) === chosen} onClick={() => choose(idOf(item))}>
              {children(item)}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
