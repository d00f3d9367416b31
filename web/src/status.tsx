// A status by its word, and by a colour where it went well or wrong.
const tones: Readonly<Record<string, string>> = {
  completed: 'good',
  ready: 'good',
  succeeded: 'good',
  retried: 'good',
  resolved: 'good',
  resubmitted: 'good',
  repaired: 'good',
  cancelled: 'bad',
  rejected: 'bad',
  failed: 'bad',
  'needs-attention': 'bad',
  open: 'bad',
};

export function Status({ of: status }: { readonly of: string }) {
  return <span class={`status ${tones[status] ?? ''}`}>{status}</span>;
}
