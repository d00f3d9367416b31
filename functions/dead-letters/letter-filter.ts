// What letters may be asked for by.
import { z } from 'zod';
import type { DeadLetterFilter, DeadLetterState } from '../../shared/dead-letters/dead-letter.ts';
import { AppError } from '../../shared/kernel/errors.ts';
import { line } from '../../shared/kernel/text.ts';

const text = line(512);
const time = z.iso.datetime({ offset: true }).transform((at) => new Date(at).toISOString());

export const filterFields = {
  cause: text.optional(),
  sourceEntity: text.optional(),
  reason: text.optional(),
  since: time.optional().describe('arrived then or later'),
  until: time.optional().describe('arrived then or earlier'),
};

/** The state whose letters are counted, `open` by default. @throws AppError invalid-request for a filter besides */
export function ungrouped({ state = 'open', ...others }: DeadLetterFilter): DeadLetterState {
  const [other] = Object.entries(others).find(([, value]) => value !== undefined) ?? [];
  if (other === undefined) return state;
  const detail = 'groups are of a state: ask for the letters of a cause without groupBy';
  throw new AppError('invalid-request', `With groupBy, ${other} cannot be asked for: ${detail}`, {
    errors: [{ pointer: other, code: 'not_with_group_by', detail }],
  });
}
