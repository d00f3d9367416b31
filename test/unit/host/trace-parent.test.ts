import { describe, expect, it } from 'vitest';
import { childTraceParent } from '../../../local/host/trace-parent.ts';

const caller = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00';

describe('trace context of an invocation', () => {
  it("stays in the caller's trace, with a span of its own", () => {
    const child = childTraceParent(caller);
    expect(child).toMatch(/^00-4bf92f3577b34da6a3ce929d0e0e4736-[\da-f]{16}-00$/);
    expect(child).not.toBe(caller);
  });

  it.each([undefined, '', 'x', `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`])(
    'begins a trace without one: %j',
    (none) => {
      expect(childTraceParent(none)).toMatch(/^00-(?!0{32})[\da-f]{32}-[\da-f]{16}-01$/);
    },
  );
});
