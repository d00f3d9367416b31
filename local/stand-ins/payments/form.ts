// Form-encoded bodies with brackets, as the payment provider's SDKs send them: `metadata[orderId]=7` is { metadata: { orderId: '7' } }.

export interface Form {
  readonly [name: string]: string | Form;
}

/** Names without prototype, so that `__proto__` is a name like any other. Arrays come out as objects keyed by index. */
export function parseForm(encoded: string): Form {
  const form = emptyForm();
  for (const [name, value] of new URLSearchParams(encoded)) {
    const [first = name, ...rest] = name.split('[').map((part) => part.replace(/\]$/, ''));
    put(form, [first, ...rest], value);
  }
  return form;
}

/** The text of a name, undefined when it is missing, empty or an object. */
export function textOf(form: Form, name: string): string | undefined {
  const value = form[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The texts below a name, as `metadata` has them. An empty text removes a key at the provider, hence it is left out. */
export function textsOf(form: Form, name: string): Record<string, string> {
  const value = form[name];
  if (value === undefined || typeof value === 'string') return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string' && entry[1] !== ''),
  );
}

type WritableForm = { [name: string]: string | WritableForm };

function emptyForm(): WritableForm {
  return Object.create(null) as WritableForm;
}

function put(form: WritableForm, path: readonly string[], value: string): void {
  let at = form;
  for (const [index, part] of path.entries()) {
    const name = part === '' ? String(Object.keys(at).length) : part;
    if (index === path.length - 1) {
      at[name] = value;
      return;
    }
    const below = at[name];
    at = typeof below === 'object' ? below : (at[name] = emptyForm());
  }
}
