// A form that says below its fields what came of sending it.
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { messageOf } from './api/ask.ts';

interface AnsweredFormProps {
  /** Answers what to say; what it throws is said too. */
  readonly send: (field: (name: string) => string, form: HTMLFormElement) => Promise<string>;
  readonly button: string;
  readonly disabled?: boolean;
  /** Said while there is no answer. */
  readonly notice?: string | undefined;
  readonly children: ComponentChildren;
}

export function AnsweredForm({ send, button, disabled = false, notice, children }: AnsweredFormProps) {
  const [answer, setAnswer] = useState('');
  const [sending, setSending] = useState(false);

  const submit = async (form: HTMLFormElement): Promise<void> => {
    const fields = new FormData(form);
    const field = (name: string): string => {
      const value = fields.get(name);
      return typeof value === 'string' ? value.trim() : '';
    };
    setSending(true);
    try {
      setAnswer(await send(field, form));
    } catch (refusal) {
      setAnswer(messageOf(refusal));
    }
    setSending(false);
  };

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void submit(event.currentTarget);
      }}
    >
      {children}
      <button type="submit" disabled={disabled || sending}>
        {button}
      </button>
      <output>{answer || notice}</output>
    </form>
  );
}
